import type { System } from '@cepro/system';
import type { BareSpeed } from '../bare/bare.ts';
import { monotonicMs } from '../clock.ts';
import { LogWatch } from '../load/backlog.ts';
import { eventMessage, requestBody } from '../load/messages.ts';
import { publishWithin } from '../load/publish.ts';
import { since, sum, usageOf, type Usage } from '../machine/proc.ts';
import type { Figure } from '../report/figure.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const endpointCount = 64;
/** Events that may be on their way to the receiver: more than a worker has in hand, so that it never waits for the publisher. */
const mostUnderWay = 2_000;
/** A log that is less than this behind has kept up: a second or so. */
const mostBehind = 4_000;
const lookMs = 100;

/** The publisher waits whenever the log is behind, so the rate is one that every part can keep up for ever. */
export const throughput: Scenario = {
  name: 'throughput',
  title: 'The whole system at the rate that all of it, the log too, can keep up',
  minutes: 1.5,
  async run(stage) {
    const { system, endpoints } = await stage.line();
    const accounts = Array.from({ length: endpointCount }, (_, index) => `acct_throughput_${index}`);
    const urls = stage.urls('ok', endpointCount);
    await endpoints(urls.map((url, index) => ({ accountId: accounts[index]!, url })));
    const bare = await stage.bareHttps(urls);
    const log = await LogWatch.open(system);
    stage.use(() => log.close());
    await stage.receivers.reset({ keep: false });
    const room = roomOf(stage, log);
    let sent = 0;
    const feed = (seconds: number) => {
      const before = sent;
      return publishWithin(system.js, {
        seconds,
        room: (published) => room.left(before + published),
        message: (index) => eventMessage(accounts[index % endpointCount]!),
      }).then((published) => { sent += published; });
    };
    stage.progress('warming up');
    await feed(stage.pick(10, 0.5));
    stage.progress('measuring');
    const before = await look(stage, system);
    await feed(stage.pick(40, 1));
    const after = await look(stage, system);
    await log.caughtUp(60_000);
    return figures(before, after, bare, room.mostBehind());
  },
};

/** How much more may be published, and how far behind the log was at most. */
function roomOf(stage: Stage, log: LogWatch) {
  let [behind, most, lookedAt] = [0, 0, 0];
  return {
    async left(published: number): Promise<number> {
      if (monotonicMs() - lookedAt > lookMs) {
        behind = await log.behind();
        most = Math.max(most, behind);
        lookedAt = monotonicMs();
      }
      if (behind > mostBehind) return 0;
      return mostUnderWay - (published - (await stage.receivers.count()).count);
    },
    mostBehind: () => most,
  };
}

interface Look {
  readonly count: number;
  readonly at: number;
  readonly parts: Readonly<Record<string, Usage>>;
}

async function look(stage: Stage, system: System): Promise<Look> {
  const services = [...system.services].map(([app, { pid }]) => [app, usageOf(pid)] as const);
  const parts = { 'nats-server': usageOf(system.nats.pid), Postgres: usageOf(stage.postgres.pid), ...Object.fromEntries(services) };
  return { ...(await stage.receivers.count()), parts };
}

function figures(before: Look, after: Look, bare: BareSpeed, behind: number): Figure[] {
  const made = after.count - before.count;
  const used = Object.entries(after.parts).map(([part, usage]) => [part, since(before.parts[part]!, usage)] as const);
  const all = used.map(([, usage]) => usage).reduce(sum);
  return [
    { name: 'deliveries/s', value: (made * 1_000) / (after.at - before.at), unit: '', reference: { name: 'bare HTTPS POSTs/s', value: bare.perSecond } },
    { name: 'CPU each, all parts', value: all.cpuMs / made, unit: 'ms', reference: { name: 'bare HTTPS POST', value: bare.cpuMicroseconds / 1_000 } },
    ...used.map(([part, { cpuMs }]): Figure => ({ name: `CPU each, ${part}`, value: cpuMs / made, unit: 'ms' })),
    { name: 'written to disk each', value: all.writtenBytes / 1_024 / made, unit: 'KiB', reference: { name: 'a request\'s body', value: requestBody().length / 1_024 } },
    // Services write nothing but their log lines, to a pipe.
    ...used.filter(([part]) => part === 'nats-server' || part === 'Postgres').map(([part, { writtenBytes }]): Figure => ({
      name: `written to disk each, ${part}`, value: writtenBytes / 1_024 / made, unit: 'KiB',
    })),
    { name: 'log behind the stream at most', value: behind, unit: 'messages' },
  ];
}
