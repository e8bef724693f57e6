import { setTimeout as sleep } from 'node:timers/promises';
import { retriesBucket, routerDurable, streams } from '@cepro/contracts';
import { System, type App, type SystemOptions } from '@cepro/system';
import { eventually, type PostgresServer, type TestAuthority } from '@cepro/testkit';
import { audit, isSettled, type Audit } from './audit/audit.ts';
import { Collector } from './audit/collector.ts';
import type { Evidence } from './audit/evidence.ts';
import { ServiceTarget } from './faults/service.target.ts';
import { leaderTarget, natsTarget, postgresTarget } from './faults/server.targets.ts';
import { makeFaults, type Target } from './faults/target.ts';
import { Watch } from './faults/watch.ts';
import { Admin } from './load/admin.ts';
import { Publishing } from './load/publishing.ts';
import { Receivers } from './load/receivers.ts';
import { Random } from './schedule/random.ts';
import { planFaults, type FaultKind, type ScheduleOptions } from './schedule/schedule.ts';

/** A part of the drill, on servers of its own. */
export interface Phase {
  readonly name: string;
  readonly natsCluster?: number;
  readonly schedule: Omit<ScheduleOptions, 'seed' | 'durationMs' | 'targets'>;
  /** What is broken. */
  targets(all: { readonly services: Target[]; readonly system: System; readonly watch: Watch; readonly postgres: PostgresServer }): Target[];
}

/**
 * How long a worker may be silent about a delivery before another one gets it. A machine that stalls for so long makes repeats that
 * nothing explains, so it is not shorter; stops are longer.
 */
const ackWaitMs = 5_000;

/** How long it may take after the last fault until everything has come to its end. */
const settleMs = 180_000;
const progressMs = 10_000;
const eventsPerSecond = 8;

/** How long events go on after the last fault. */
const quietMs = 2_000;

/** Every process of the services; of routers and workers there are two. */
const instances = [
  ['event-router'], ['event-router', 'b'], ['delivery-worker'], ['delivery-worker', 'b'], ['log-query'], ['config-api'],
] as const satisfies readonly (readonly [App, string?])[];

export const phases: readonly Phase[] = [
  {
    name: 'one server',
    schedule: { turns: ['kill', 'pause', 'kill', 'restart'], gapMs: [2_500, 5_500], awayMs: [200, 3_000], pauseMs: [7_000, 9_000], mostBroken: 2 },
    targets: ({ services, system, watch, postgres }) => [...services, natsTarget(system, watch), postgresTarget(postgres)],
  },
  {
    name: 'cluster of three',
    natsCluster: 3,
    // Stopped for longer than the others take to elect another leader, so that there are two who think they are it. One at a
    // time: with two of three away nothing is to be had.
    schedule: { turns: ['kill', 'pause', 'kill', 'restart'], gapMs: [2_000, 5_000], awayMs: [500, 6_000], pauseMs: [11_000, 13_000], mostBroken: 1 },
    targets: ({ system, watch }) => [streams.deliveries, streams.events, streams.routings, `KV_${retriesBucket}`].map((stream) => leaderTarget(stream, system, watch)),
  },
];

export interface PhaseRun {
  readonly seed: number;
  readonly durationMs: number;
  readonly postgres: PostgresServer;
  readonly authority: TestAuthority;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** What came of a phase. */
export interface PhaseResult {
  readonly name: string;
  readonly seconds: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly audit: Audit;
  /** Changes of endpoints that the API acknowledged and does not show. */
  readonly changesLost: readonly string[];
  /** What the ledger says when it does not find everything accounted for. */
  readonly unaccounted: readonly string[];
  readonly incidents: readonly string[];
  /** How often the publisher had to try again. */
  readonly publishRetries: number;
  readonly evidence: Evidence;
}

export async function runPhase(phase: Phase, run: PhaseRun): Promise<PhaseResult> {
  const { postgres, authority, signal, progress } = run;
  const startedAt = performance.now();
  progress(`${phase.name}: starting`);
  const url = await postgres.createDatabase();
  // It goes with its server.
  const database = { name: new URL(url).pathname.slice(1), url, drop: () => Promise.resolve() };
  const system = await System.start({ ...optionsOf(phase), database, authority });
  const watch = new Watch();
  try {
    signal.throwIfAborted();
    await allowQuickRepeats(system);
    await Promise.all(instances.map(async ([app, instance]) => instance && (await system.startService(app, {}, instance))));
    const result = await drill(phase, system, watch, run);
    return { ...result, name: phase.name, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    watch.end();
    // It may be stopped, and would hold up what ends.
    postgres.resume();
    await system.stop();
  }
}

function optionsOf({ natsCluster }: Phase): SystemOptions {
  return {
    ...(natsCluster !== undefined && { natsCluster }),
    env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '500,1000,2000', DELIVERY_TIMEOUT_MS: '20000' } },
    provision: { DELIVERY_SHARDS: '4', DELIVERY_ACK_WAIT_MS: String(ackWaitMs) },
  };
}

/** As an operator may: an event of a router that died or stands still comes to the other one as soon as a delivery does. */
async function allowQuickRepeats(system: System): Promise<void> {
  const jsm = await system.jsm;
  const { config } = await jsm.consumers.info(streams.events, routerDurable);
  await jsm.consumers.update(streams.events, routerDurable, { ...config, ack_wait: ackWaitMs * 1_000_000 });
}

async function drill(phase: Phase, system: System, watch: Watch, { seed, durationMs, postgres, signal, progress }: PhaseRun) {
  // All of them are watched, whether they are broken on purpose or not.
  const services = instances.map(([app, instance]) => new ServiceTarget(system, watch, app, instance));
  const targets = phase.targets({ services, system, watch, postgres });
  const faults = planFaults({ ...phase.schedule, seed, durationMs, targets: targets.map(({ name }) => name) });
  const random = new Random(seed);
  const receivers = await Receivers.open(system, random);
  const publishing = new Publishing(system.connection, { perSecond: eventsPerSecond, random, signal });
  const admin = new Admin(system, receivers.endpoints, signal);
  const startedAt = performance.now();
  const tell = (text: string) => progress(`${clock(performance.now() - startedAt)}  ${text.padEnd(44)} published ${publishing.acknowledged.length}, accepted ${receivers.accepted}`);
  const ticking = setInterval(() => tell(''), progressMs);
  try {
    const made = await makeFaults(faults, targets, {
      mostBroken: phase.schedule.mostBroken,
      signal,
      onFault: ({ kind, target, lastsMs }) => tell(`${kind} ${target}${lastsMs > 0 ? ` for ${(lastsMs / 1_000).toFixed(1)} s` : ''}`),
    });
    await sleep(quietMs, undefined, { signal });
    await publishing.stop();
    await admin.stop();
    tell('faults are over; waiting until everything has ended');
    const evidence = await settle(system, { publishing, receivers, watch }, signal);
    const changesLost = await eventually(async () => {
      const lost = await admin.lostChanges();
      if (lost.length > 0) throw new Error('not yet');
      return lost;
    }, { timeoutMs: 30_000, intervalMs: 500 }).catch(() => admin.lostChanges());
    // It fails when not everything is accounted for, and says what is not.
    const unaccounted = await system.run('ledger', 'dist/check.js').then(() => [], (error: Error) => [error.message]);
    return { faults: made, audit: audit(evidence), changesLost, unaccounted, incidents: [...watch.incidents], publishRetries: publishing.retries, evidence };
  } finally {
    clearInterval(ticking);
  }
}

/** Waits until nothing is under way any more, for a bounded time, and returns what there is then. */
async function settle(
  system: System, { publishing, receivers, watch }: { publishing: Publishing; receivers: Receivers; watch: Watch }, signal: AbortSignal,
): Promise<Evidence> {
  const collector = new Collector(system);
  const deadline = performance.now() + settleMs;
  for (;;) {
    signal.throwIfAborted();
    const isLast = performance.now() > deadline;
    try {
      // Before the reading, so that nothing is added after it.
      const busy = await collector.busyConsumers();
      await collector.readStreams();
      const evidence: Evidence = {
        published: publishing.acknowledged, events: collector.events, endpoints: receivers.endpoints, scheduled: collector.scheduled,
        attempts: collector.attempts, cancelled: collector.cancelled, requests: receivers.requests, ...(await collector.readLog()), cuts: watch.cuts, ackWaitMs,
      };
      if (isLast && busy.length > 0) watch.report(`still busy after ${settleMs / 1_000} s: ${busy.join(', ')}`);
      if (isLast || (busy.length === 0 && isSettled(audit(evidence)))) return evidence;
    } catch (error) {
      if (isLast) throw error;
    }
    await sleep(1_000, undefined, { signal });
  }
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
