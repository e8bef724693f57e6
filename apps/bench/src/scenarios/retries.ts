import { decodeAttempt, deliveryFactSubjects, streams } from '@cepro/contracts';
import { follow } from '@cepro/jetstream';
import type { System } from '@cepro/system';
import { eventually } from '@cepro/testkit';
import { monotonicMs } from '../clock.ts';
import { waitingDeliveries } from '../load/backlog.ts';
import { eventMessage } from '../load/messages.ts';
import { latencies } from '../load/latency.ts';
import { publishAtRate } from '../load/publish.ts';
import type { Requests } from '../receiver/receiver.ts';
import type { Figure } from '../report/figure.ts';
import { distributionOf } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

interface Load {
  readonly count: number;
  /** How fast first attempts fail, and so how fast their retries fall due. */
  readonly perSecond: number;
  /** Longer than it takes until all of them wait, so that they do so together. */
  readonly delayMs: number;
}

const loads: readonly Load[] = [
  { count: 1_000, perSecond: 100, delayMs: 15_000 },
  { count: 20_000, perSecond: 200, delayMs: 150_000 },
  { count: 100_000, perSecond: 250, delayMs: 550_000 },
];
const shortLoads: readonly Load[] = [{ count: 60, perSecond: 60, delayMs: 2_000 }];

const failingCount = 500;
const healthyCount = 20;
const healthyPerSecond = 50;

/**
 * Endpoints that fail every first attempt and take every retry. Circuits stay closed (1,000 failures would open one): what
 * is measured is the schedule, not what becomes of an endpoint that is down.
 */
export const retries: Scenario = {
  name: 'retries',
  title: 'How late retries are, with many of them waiting and healthy traffic beside them',
  minutes: 22,
  async run(stage) {
    const figures: Figure[] = [];
    for (const load of stage.pick(loads, shortLoads)) {
      figures.push(...(await measure(stage, load)));
    }
    return figures;
  },
};

async function measure(stage: Stage, { count, perSecond, delayMs }: Load): Promise<Figure[]> {
  const { system, endpoints } = await stage.line({
    env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: String(delayMs), DELIVERY_CIRCUIT_FAILURES: '1000' } },
  });
  const failing = Array.from({ length: failingCount }, (_, index) => `acct_failing_${index}`);
  const healthy = Array.from({ length: healthyCount }, (_, index) => `acct_healthy_${index}`);
  const [again, ok] = [stage.urls('again', failingCount), stage.urls('ok', healthyCount)];
  await endpoints([
    ...again.map((url, index) => ({ accountId: failing[index]!, url })), ...ok.map((url, index) => ({ accountId: healthy[index]!, url })),
  ]);
  await stage.receivers.reset({ keep: true });
  const done = new AbortController();
  const beside = publishAtRate(system.js, {
    // Ended by the signal; the bound is for a run that goes wrong.
    perSecond: healthyPerSecond, seconds: 3_600, message: (index, dueAt) => eventMessage(healthy[index % healthyCount]!, dueAt), signal: done.signal,
  });
  beside.catch(() => undefined);
  const most = watchWaiting(system, done.signal);
  // Whoever fails first tells; these end with it.
  most.catch(() => undefined);
  try {
    stage.progress(`${count} first attempts fail, over ${Math.round(count / perSecond)} s`);
    await publishAtRate(system.js, { perSecond, seconds: count / perSecond, message: (index, dueAt) => eventMessage(failing[index % failingCount]!, dueAt) });
    const filledAt = monotonicMs();
    stage.progress(`${count} retries wait, and fall due within ${Math.round(delayMs * 1.1 / 1_000)} s`);
    await eventually(async () => {
      const { retries: made } = await stage.receivers.count();
      if (made < count) throw new Error(`${made} of ${count} retries were made`);
    }, { timeoutMs: delayMs * 1.1 + 300_000, intervalMs: 500 });
    done.abort();
    await beside;
    const requests = await stage.receivers.take();
    return figuresOf({ count, requests, dueAt: await dueTimes(system), filledAt, most: await most });
  } finally {
    done.abort();
  }
}

function figuresOf(
  { count, requests, dueAt, filledAt, most }: { count: number; requests: Requests; dueAt: ReadonlyMap<string, number>; filledAt: number; most: number },
): Figure[] {
  const { attempt, deliveryId, firstByteAt } = requests;
  const lateness: number[] = [];
  for (let index = 0; index < attempt.length; index++) {
    const due = attempt[index] === 2 ? dueAt.get(deliveryId[index]!) : undefined;
    if (due !== undefined) lateness.push(firstByteAt[index]! - due);
  }
  const { p50, p99, max } = distributionOf(lateness);
  const firstDue = [...dueAt.values()].reduce((least, due) => Math.min(least, due), Number.POSITIVE_INFINITY);
  // Those that were sent while everything only waited, and those while retries were made.
  const [before, during] = [healthySamples(requests, filledAt, firstDue), healthySamples(requests, firstDue, Number.POSITIVE_INFINITY)];
  const name = (what: string) => `${count} waiting: ${what}`;
  return [
    { name: name('retry after it was due, p50'), value: p50, unit: 'ms' },
    { name: name('retry after it was due, p99'), value: p99, unit: 'ms', ...(count === 100_000 && { reach: { of: 'value' as const, atMost: 1_000 } }) },
    { name: name('retry after it was due, latest'), value: max, unit: 'ms' },
    { name: name('at one time at most'), value: most, unit: 'retries' },
    {
      name: name('healthy p95 while they are made'), value: distributionOf(during).p95, unit: 'ms',
      reference: { name: 'while they wait', value: distributionOf(before).p95 },
    },
  ];
}

function healthySamples(requests: Requests, from: number, to: number): number[] {
  const { path, paths, attempt, sentAt, firstByteAt, deliveryId } = requests;
  const within = Array.from(sentAt.keys()).filter((index) => sentAt[index]! >= from && sentAt[index]! < to);
  const pick = (list: Float64Array) => Float64Array.from(within, (index) => list[index]!);
  const part: Requests = {
    paths, path: pick(path), attempt: pick(attempt), sentAt: pick(sentAt), firstByteAt: pick(firstByteAt), deliveryId: within.map((index) => deliveryId[index]!),
  };
  return latencies(part, (each) => each.startsWith('/ok/'));
}

/** When each retry was due by the record of the attempt before, on the clock of `monotonicMs`. */
async function dueTimes(system: System): Promise<Map<string, number>> {
  const toMonotonic = monotonicMs() - Date.now();
  const due = new Map<string, number>();
  const stop = new AbortController();
  let read = 0;
  for await (const batch of follow(system.js, {
    stream: streams.deliveries, subjects: [deliveryFactSubjects('attempted')], from: () => read + 1, signal: stop.signal,
  })) {
    for (const { data } of batch.messages) {
      const attempt = decodeAttempt(data);
      if (attempt.ok && attempt.value.nextAttemptAt) due.set(attempt.value.deliveryId, Date.parse(attempt.value.nextAttemptAt) + toMonotonic);
    }
    read = batch.reached;
    if (batch.caughtUp) break;
  }
  stop.abort();
  return due;
}

/** How many deliveries waited at one time at most. */
async function watchWaiting(system: System, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, (await waitingDeliveries(system)).held);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return most;
}
