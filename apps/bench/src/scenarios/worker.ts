import type { System } from '@cepro/system';
import { eventually } from '@cepro/testkit';
import { barePosts, barePostsByJetStream, type BareSpeed } from '../bare/bare.ts';
import { waitingDeliveries } from '../load/backlog.ts';
import { anAttempt } from '../load/log-rows.ts';
import { requestBody, scheduledMessage, type LoadEndpoint } from '../load/messages.ts';
import { publishAll } from '../load/publish.ts';
import { since, usageOf, type Usage } from '../machine/proc.ts';
import type { Figure } from '../report/figure.ts';
import { median } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';
import { bareLoad, shards, type Line, type Stage } from '../stage.ts';

const endpointCount = 64;
const bareStream = 'BENCH_BARE';

/** Measures bare loops and worker in turns, so that both meet the same machine, whatever else it does. */
export const worker: Scenario = {
  name: 'worker',
  title: 'One worker process at full speed, and bare loops of sign and POST at the same concurrency',
  minutes: 2,
  async run(stage) {
    const rounds = stage.pick(3, 1);
    const { concurrency, warm, count } = bareLoad(stage.options.short);
    const line = await stage.line({ services: [] });
    const ok = stage.urls('ok', endpointCount);
    const plain = Array.from({ length: endpointCount }, (_, index) => stage.receivers.url('ok', index, { plain: true }));
    const { endpoints, configVersion } = await line.endpoints(ok.map((url, index) => ({ accountId: `acct_${index}`, url })));
    const record = JSON.stringify(anAttempt(scheduledMessage(endpoints[0]!, { shards, configVersion }).deliveryId, endpoints[0]!));
    const bare = (urls: readonly string[]) => barePosts({ urls, body: requestBody(), concurrency, warm, count, ca: stage.authority.ca });
    const speeds = { http: [] as BareSpeed[], https: [] as BareSpeed[], byJetStream: [] as BareSpeed[], worker: [] as BareSpeed[] };
    for (let round = 1; round <= rounds; round++) {
      stage.progress(`round ${round} of ${rounds}: bare loop`);
      speeds.http.push(await bare(plain));
      speeds.https.push(await bare(ok));
      stage.progress(`round ${round} of ${rounds}: bare loop by JetStream`);
      speeds.byJetStream.push(await speedByJetStream(stage, line, { urls: ok, concurrency, warm, count, record }));
      stage.progress(`round ${round} of ${rounds}: worker`);
      speeds.worker.push(await workerSpeed(stage, line, { endpoints, configVersion, warm, count }));
    }
    return figures(middle(speeds.worker), { https: middle(speeds.https), http: middle(speeds.http), byJetStream: middle(speeds.byJetStream) });
  },
};

function figures(own: BareSpeed, { https, http, byJetStream }: Record<'https' | 'http' | 'byJetStream', BareSpeed>): Figure[] {
  return [
    {
      name: 'deliveries/s over HTTPS', value: own.perSecond, unit: '',
      reference: { name: 'bare HTTPS POSTs/s', value: https.perSecond }, reach: { of: 'ratio', atLeast: 0.6 },
    },
    { name: 'deliveries/s, against a loop by JetStream', value: own.perSecond, unit: '', reference: { name: 'bare HTTPS POSTs/s, fed and recorded by JetStream', value: byJetStream.perSecond } },
    { name: 'deliveries/s, against HTTP', value: own.perSecond, unit: '', reference: { name: 'bare HTTP POSTs/s', value: http.perSecond } },
    { name: 'CPU each', value: own.cpuMicroseconds, unit: 'µs', reference: { name: 'bare HTTPS POST', value: https.cpuMicroseconds } },
    { name: 'CPU each, against a loop by JetStream', value: own.cpuMicroseconds, unit: 'µs', reference: { name: 'bare HTTPS POST, fed and recorded by JetStream', value: byJetStream.cpuMicroseconds } },
    { name: 'CPU each, against HTTP', value: own.cpuMicroseconds, unit: 'µs', reference: { name: 'bare HTTP POST', value: http.cpuMicroseconds } },
  ];
}

function middle(speeds: readonly BareSpeed[]): BareSpeed {
  return { perSecond: median(speeds.map(({ perSecond }) => perSecond)), cpuMicroseconds: median(speeds.map(({ cpuMicroseconds }) => cpuMicroseconds)) };
}

/**
 * What is left of the bare loop's speed when its messages come from JetStream and what came of them goes there, by the worker's
 * own means and with nothing else around them: as fast as a worker that records every attempt could be.
 */
async function speedByJetStream(
  stage: Stage, { system }: Line, load: { urls: readonly string[]; concurrency: number; warm: number; count: number; record: string },
): Promise<BareSpeed> {
  const jsm = await system.jsm;
  const recordSubject = 'bench.bare.done';
  await jsm.streams.add({ name: bareStream, subjects: ['bench.bare.>'] });
  await jsm.consumers.add(bareStream, { durable_name: bareStream, filter_subject: 'bench.bare.todo', ack_policy: 'explicit', max_ack_pending: 10_000 });
  try {
    await publishAll(system.js, Array.from({ length: load.warm + load.count }, (_, index) => ({ subject: 'bench.bare.todo', msgId: `todo:${index}`, data: requestBody() })));
    await stage.receivers.reset({ keep: false });
    return await barePostsByJetStream({ natsUrl: system.nats.url, stream: bareStream, recordSubject, ca: stage.authority.ca, ...load });
  } finally {
    await jsm.streams.delete(bareStream);
  }
}

interface Sample {
  readonly count: number;
  readonly at: number;
  readonly usage: Usage;
}

/** Lets a new worker work off a backlog. The first `warm` deliveries, and the end, where it runs out of work, do not count. */
async function workerSpeed(
  stage: Stage, { system }: Line, { endpoints, configVersion, warm, count }: { endpoints: readonly LoadEndpoint[]; configVersion: number; warm: number; count: number },
): Promise<BareSpeed> {
  const total = warm + count;
  await publishAll(system.js, Array.from({ length: total }, (_, index) => scheduledMessage(endpoints[index % endpoints.length]!, { shards, configVersion })));
  await stage.receivers.reset({ keep: false });
  const process = await system.launch('delivery-worker');
  const samples: Sample[] = [];
  await eventually(async () => {
    if (!process.isRunning) throw new Error(`the worker ended:\n${process.lines.slice(-5).join('\n')}`);
    const now = await stage.receivers.count();
    if (now.count >= warm && now.count < total) samples.push({ ...now, usage: usageOf(process.pid) });
    if (now.count < total) throw new Error(`${now.count} of ${total} deliveries were made`);
  }, { timeoutMs: 300_000, intervalMs: 20 });
  await settled(system);
  await process.stop();
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.count === first.count) throw new Error('the worker was too fast to be measured; give it more deliveries');
  const made = last.count - first.count;
  return { perSecond: (made * 1_000) / (last.at - first.at), cpuMicroseconds: (since(first.usage, last.usage).cpuMs * 1_000) / made };
}

/** Waits until the worker holds nothing any more, so that nothing is left to the next one. */
async function settled(system: System): Promise<void> {
  await eventually(async () => {
    const { held, unseen } = await waitingDeliveries(system);
    if (held + unseen > 0) throw new Error(`${held + unseen} deliveries are not settled`);
  });
}
