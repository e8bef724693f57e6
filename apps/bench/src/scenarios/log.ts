import { deliveryMsgId, deliverySubject, normalLane, shardOf } from '@cepro/contracts';
import type { MessageToStore } from '@cepro/jetstream';
import type { ApiClient, System } from '@cepro/system';
import { eventually } from '@cepro/testkit';
import pg from 'pg';
import { monotonicMs } from '../clock.ts';
import { LogWatch } from '../load/backlog.ts';
import { anAttempt, fillDay, type LogShares } from '../load/log-rows.ts';
import { requestBody, scheduledMessage, type LoadEndpoint } from '../load/messages.ts';
import { publishAll } from '../load/publish.ts';
import type { Figure } from '../report/figure.ts';
import { distributionOf, type Distribution } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';
import { shards, type Stage } from '../stage.ts';

const accountId = 'acct_log';
const dayMs = 86_400_000;
/** Whole days before today that the log holds: all but one of the thirty that it keeps. */
const days = 29;

export const log: Scenario = {
  name: 'log',
  title: 'Projecting the log, and a page of 50 for one endpoint among 10 million attempts',
  minutes: 6,
  async run(stage) {
    const { system, endpoints } = await stage.line({ services: [] });
    const others = stage.pick(1_000, 20);
    const url = 'https://hooks.customer.example.com/cepro/webhooks';
    const { endpoints: all, configVersion } = await endpoints(Array.from({ length: others + 2 }, () => ({ accountId, url })));
    const [large, sparse, ...rest] = all as [LoadEndpoint, LoadEndpoint, ...LoadEndpoint[]];
    const client = new pg.Client({ connectionString: system.database.url });
    await client.connect();
    stage.use(() => client.end());
    const projected = await projection(stage, system, client, all, configVersion);

    const account = await system.account(accountId);
    const shares: LogShares = { large, sparse, others: rest };
    const calls = stage.pick(1_000, 40);
    stage.progress('pages of a small log');
    await pages(account, shares, stage.pick(100, 10));
    const small = await pages(account, shares, calls);
    const attempts = await fill(stage, system, client, shares, configVersion);
    stage.progress(`pages among ${attempts} attempts`);
    await pages(account, shares, stage.pick(100, 10));
    const full = await pages(account, shares, calls);
    return [...projected, ...pageFigures(attempts, full, small)];
  },
};

function pageFigures(attempts: number, full: Distribution, small: Distribution): Figure[] {
  const among = `page of 50 among ${attempts} attempts`;
  return (['p50', 'p99'] as const).map((which) => ({
    name: `${among}, ${which}`, value: full[which], unit: 'ms', reference: { name: 'a small log', value: small[which] },
    ...(which === 'p99' && { reach: { of: 'value' as const, atMost: 20 } }),
  }));
}

/** Publishes facts while nobody reads them, then lets the log work them off. */
async function projection(stage: Stage, system: System, client: pg.Client, endpoints: readonly LoadEndpoint[], configVersion: number): Promise<Figure[]> {
  const count = stage.pick(50_000, 1_000);
  stage.progress(`${count} deliveries with one attempt each`);
  function* facts(): Generator<MessageToStore> {
    for (let index = 0; index < count; index++) {
      const endpoint = endpoints[index % endpoints.length]!;
      const scheduled = scheduledMessage(endpoint, { shards, configVersion });
      yield scheduled;
      yield attempted(scheduled.deliveryId, endpoint);
    }
  }
  const end = await publishAll(system.js, facts());
  const bare = await bareInserts(client, stage.pick(100_000, 2_000));
  const watch = await LogWatch.open(system);
  try {
    await system.launch('log-query');
    const samples: { at: number; position: number }[] = [];
    await eventually(async () => {
      const position = await watch.position();
      if (position > 0) samples.push({ at: monotonicMs(), position });
      if (position < end) throw new Error(`${position} of ${end} facts are in the log`);
    }, { timeoutMs: 600_000, intervalMs: 10 });
    const [first, last] = [samples[0]!, samples.at(-1)!];
    // With a short log the first look may see all of it.
    const rows = last.position - first.position || last.position;
    const perSecond = (rows * 1_000) / Math.max(last.at - first.at, 10);
    return [{ name: 'rows/s projected', value: perSecond, unit: '', reference: { name: 'bare INSERT of 1,000 rows at a time', value: bare } }];
  } finally {
    await watch.close();
  }
}

function attempted(deliveryId: string, endpoint: LoadEndpoint): MessageToStore {
  return {
    subject: deliverySubject(normalLane, shardOf(endpoint.id, shards), endpoint.id, 'attempted'),
    msgId: deliveryMsgId.attempted(deliveryId, 1),
    data: JSON.stringify(anAttempt(deliveryId, endpoint)),
  };
}

/** How many rows of the same size a second go into a table with one key, 1,000 a transaction. */
async function bareInserts(client: pg.Client, rows: number): Promise<number> {
  await client.query('CREATE TABLE public.bare (id text COLLATE "C" PRIMARY KEY, payload text NOT NULL)');
  const payload = requestBody();
  const startedAt = monotonicMs();
  for (let from = 0; from < rows; from += 1_000) {
    const ids = Array.from({ length: 1_000 }, (_, index) => `dlv_00000000-0000-7000-8000-${String(from + index).padStart(12, '0')}`);
    await client.query('INSERT INTO public.bare SELECT * FROM unnest($1::text[], $2::text[])', [ids, ids.map(() => payload)]);
  }
  const seconds = (monotonicMs() - startedAt) / 1_000;
  await client.query('DROP TABLE public.bare');
  return rows / seconds;
}

/** Fills the log's days and returns how many attempts it holds. */
async function fill(stage: Stage, system: System, client: pg.Client, shares: LogShares, configVersion: number): Promise<number> {
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  const past = Array.from({ length: stage.pick(days, 2) }, (_, index) => today - (index + 1) * dayMs);
  // The log makes a day's partitions when it first hears of the day.
  const watch = await LogWatch.open(system);
  await publishAll(system.js, past.map((day) => scheduledMessage(shares.sparse, { shards, configVersion, storedAt: day + 1 })));
  await watch.caughtUp(60_000);
  await watch.close();
  const perDay = Math.ceil(stage.pick(10_000_000, 4_000) / past.length);
  for (const [index, day] of past.entries()) {
    await fillDay(client, day, perDay, shares, requestBody());
    stage.progress(`day ${index + 1} of ${past.length} filled`);
  }
  // As autovacuum would have, long before there are so many.
  await client.query('ANALYZE log.deliveries, log.attempts');
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM log.attempts');
  return Number(rows[0]!.count);
}

/** Asks for pages one after the other: mostly of some endpoint, also of the one with a tenth of all rows, deep in it, and of one with hardly any. */
async function pages(account: ApiClient, { large, sparse, others }: LogShares, calls: number): Promise<Distribution> {
  const times: number[] = [];
  let cursor: string | null = null;
  for (let call = 0; call < calls; call++) {
    const kind = call % 10;
    const { id } = kind < 6 ? others[(call * 7_919) % others.length]! : kind < 9 ? large : sparse;
    const after: string = kind === 8 && cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const startedAt = monotonicMs();
    const { status, body } = await account.call<{ data: unknown[]; nextCursor: string | null }>('GET', `/v1/webhooks/${id}/attempts?limit=50${after}`);
    times.push(monotonicMs() - startedAt);
    if (status !== 200) throw new Error(`a page answered ${status}: ${JSON.stringify(body)}`);
    if (id === large.id) cursor = body.nextCursor;
  }
  return distributionOf(times);
}
