// Checks everything that the streams hold, from the beginning, and names each event and delivery that does not add up.
import { setTimeout as sleep } from 'node:timers/promises';
import { eventIdOf, streams } from '@cepro/contracts';
import { connectNats } from '@cepro/jetstream';
import { configOrExit, natsOptions, reasonOf, type NatsConfig } from '@cepro/service';
import { jetstream, type JetStreamManager } from '@nats-io/jetstream';
import { readCheckConfig } from './config.ts';
import { beginning, fromTheBeginning, StreamsReader } from './follow/streams.reader.ts';
import { draw } from './ledger/balance.ts';
import { ConfigHistory } from './ledger/config-history.ts';
import { emptyLedger, Ledger, type Unaccounted } from './ledger/ledger.ts';
import { balanceTable, wordsFor } from './ledger/balance-table.ts';

async function nameOf(jsm: JetStreamManager, sequence: number): Promise<string> {
  const event = await jsm.streams.getMessage(streams.events, { seq: sequence });
  return event ? `${eventIdOf(sequence, event.time.getTime())} on ${event.subject}` : 'which the stream has forgotten';
}

const progressMs = 2_000;

/** True if everything adds up. */
async function check(config: NatsConfig): Promise<boolean> {
  const stop = new AbortController();
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const connection = await connectNats(natsOptions(config, 'operator', 'ledger-check'), {
    signal: AbortSignal.timeout(60_000),
    onRetry: (error) => say(`NATS is away; trying again: ${reasonOf(error)}`),
  });
  try {
    const js = jetstream(connection, { timeout: 30_000 });
    const history = new ConfigHistory();
    const ledger = new Ledger(history, emptyLedger(await beginning(js)));
    const tooLarge = Promise.withResolvers<never>();
    const reader = new StreamsReader({
      js, ledger, history, from: fromTheBeginning,
      onUnreadable: ({ stream, sequence, subject }, reason) => say(`${stream} ${sequence} (${subject}) can not be read: ${reason}`),
      onInterrupted: (error) => say(`reading was interrupted; going on: ${reasonOf(error)}`),
      onHeld: (reason) => tooLarge.reject(new Error(reason)),
    });
    const reading = reader.run(stop.signal);
    const progress = tellProgress(reader, stop.signal, say);
    const horizon = await Promise.race([reader.horizon(stop.signal), tooLarge.promise]).finally(() => stop.abort());
    await Promise.all([reading, progress]);
    const balance = draw(ledger, horizon, new Date());
    console.log(balanceTable(balance));
    const jsm = await js.jetstreamManager(false);
    for (const fault of ledger.unaccounted(horizon)) for await (const line of linesOf(jsm, fault)) console.log(line);
    console.log(balance.balanced ? 'everything is accounted for' : 'NOT everything is accounted for');
    return balance.balanced;
  } finally {
    await connection.close();
  }
}

async function tellProgress(reader: StreamsReader, signal: AbortSignal, say: (text: string) => void): Promise<void> {
  while (await sleep(progressMs, true, { signal }).catch(() => false)) {
    const { routings, deliveries } = reader.positions;
    say(`read up to routing ${routings}, delivery message ${deliveries}`);
  }
}

async function* linesOf(jsm: JetStreamManager, fault: Unaccounted): AsyncGenerator<string> {
  if (fault.kind !== 'unrouted') {
    yield wordsFor(fault);
    return;
  }
  for (let sequence = fault.from; sequence <= fault.to; sequence += 1) {
    const name = await nameOf(jsm, sequence).catch(() => 'which this user may not read');
    yield wordsFor({ kind: 'unrouted', from: sequence, to: sequence }, name);
  }
}

process.exitCode = (await check(configOrExit('ledger', readCheckConfig))) ? 0 : 1;
