import type { System } from '@cepro/system';
import { startForwarding } from '../bare/bare.ts';
import { divertedDeliveries } from '../load/backlog.ts';
import { eventMessage, requestBody } from '../load/messages.ts';
import { latencies } from '../load/latency.ts';
import { publishAtRate } from '../load/publish.ts';
import type { Figure } from '../report/figure.ts';
import { distributionOf, type Distribution } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const rates = [50, 200, 500] as const;
const endpointCount = 20;
const stream = 'BENCH_FORWARD';
/** How long to wait for what was published last. */
const patienceMs = 30_000;

/** The reference is the shortest way that JetStream allows: one stream, one consumer, one POST. */
export const latency: Scenario = {
  name: 'latency',
  title: 'From publishing an event to the receiver\'s first byte, at steady rates',
  minutes: 3,
  async run(stage) {
    const { system, endpoints } = await stage.line();
    const accounts = Array.from({ length: endpointCount }, (_, index) => `acct_latency_${index}`);
    await endpoints(stage.urls('ok', endpointCount).map((url, index) => ({ accountId: accounts[index]!, url })));
    await prepareForwarding(stage, system);
    const viaSystem = (index: number, dueAt: number) => eventMessage(accounts[index % accounts.length]!, dueAt);
    const direct = (index: number, dueAt: number) => ({ subject: 'bench.forward', msgId: `forward:${dueAt}:${index}`, data: requestBody(dueAt) });
    const seconds = stage.pick(20, 0.5);
    await steady(stage, system, { perSecond: 200, seconds: stage.pick(5, 0.5), message: viaSystem });
    await steady(stage, system, { perSecond: 200, seconds: stage.pick(5, 0.5), message: direct });
    const figures: Figure[] = [];
    for (const perSecond of rates) {
      stage.progress(`${perSecond} events/s`);
      const reference = await steady(stage, system, { perSecond, seconds, message: direct });
      const own = await steady(stage, system, { perSecond, seconds, message: viaSystem });
      figures.push(...figuresOf(perSecond, own, reference));
    }
    return figures;
  },
};

function figuresOf(perSecond: number, own: Steady, reference: Steady): Figure[] {
  const at = `${perSecond} events/s`;
  return [
    ...(['p50', 'p95', 'p99'] as const).map((which): Figure => ({
      name: `${at}, ${which}`, value: own.latency[which], unit: 'ms', reference: { name: 'one stream, one POST', value: reference.latency[which] },
      ...(perSecond === 200 && which === 'p95' && { reach: { of: 'value' as const, atMost: 15 } }),
    })),
    { name: `${at}, not there after ${patienceMs / 1_000} s`, value: own.missing, unit: '' },
    { name: `${at}, handed over to the slow lane`, value: own.diverted, unit: '' },
    { name: `${at}, publisher behind its timetable, p95`, value: own.behind.p95, unit: 'ms' },
  ];
}

interface Steady {
  readonly latency: Distribution;
  readonly behind: Distribution;
  readonly missing: number;
  readonly diverted: number;
}

async function steady(stage: Stage, system: System, load: Omit<Parameters<typeof publishAtRate>[1], 'signal'>): Promise<Steady> {
  await stage.receivers.reset({ keep: true });
  const divertedBefore = await divertedDeliveries(system);
  const { count, behind } = await publishAtRate(system.js, load);
  // On a machine that stalls some come much later. They are counted, and the others tell how fast it is.
  await stage.receivers.waitFor(count, patienceMs).catch(() => undefined);
  const samples = latencies(await stage.receivers.take());
  const diverted = (await divertedDeliveries(system)) - divertedBefore;
  return { latency: distributionOf(samples), behind: distributionOf(behind), missing: count - samples.length, diverted };
}

async function prepareForwarding(stage: Stage, system: System): Promise<void> {
  const jsm = await system.jsm;
  await jsm.streams.add({ name: stream, subjects: ['bench.forward'] });
  await jsm.consumers.add(stream, { durable_name: stream, ack_policy: 'explicit' });
  const stop = await startForwarding({ natsUrl: system.nats.url, stream, url: stage.receivers.url('ok', 0), ca: stage.authority.ca });
  stage.use(async () => {
    await stop();
    await jsm.streams.delete(stream);
  });
}
