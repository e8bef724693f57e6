import { eventTypes, routerDurable, streams, type EventType } from '@cepro/contracts';
import { parseKeyRing } from '@cepro/secrets';
import type { System } from '@cepro/system';
import { eventually } from '@cepro/testkit';
import { monotonicMs } from '../clock.ts';
import { createdMessage, eventMessage, newEndpoint } from '../load/messages.ts';
import { publishAll } from '../load/publish.ts';
import { memoryOf, since, usageOf } from '../machine/proc.ts';
import type { Figure, Reach } from '../report/figure.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const sizes = [1_000, 100_000, 1_000_000] as const;
const shortSizes = [1_000] as const;
const endpointsOfAccount = 5;
/** Accounts in which an event has so many matches. */
const fanOuts = [{ fanOut: 10, accounts: 10 }, { fanOut: 100, accounts: 4 }] as const;

interface Measured {
  readonly readySeconds: number;
  /** After it got ready, and the most that ever was, in MiB. */
  readonly resident: number;
  readonly peak: number;
  readonly routed: readonly Routed[];
}

interface Routed {
  readonly fanOut: number;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

export const router: Scenario = {
  name: 'router',
  title: 'Memory, time to get ready and cost of an event with more and more endpoints',
  minutes: 1.5,
  async run(stage) {
    const measured = new Map<number, Measured>();
    for (const size of stage.pick<readonly number[]>(sizes, shortSizes)) measured.set(size, await measure(stage, size));
    const [smallest, ...larger] = measured.keys();
    const reference = measured.get(smallest!)!;
    return [
      ...[...measured].flatMap(([size, each]) => sizeFigures(size, each, smallest!, reference)),
      ...[...measured].filter(([size]) => larger.includes(size)).flatMap(([size, each]) => costFigures(size, each, smallest!, reference)),
      ...fanOutFigures(smallest!, reference),
    ];
  },
};

function sizeFigures(size: number, { readySeconds, resident, peak }: Measured, smallest: number, reference: Measured): Figure[] {
  const compared = (value: number) => (size === smallest ? {} : { reference: { name: `${smallest} endpoints`, value } });
  const reach = (atMost: number) => (size === 1_000_000 ? { reach: { of: 'value', atMost } satisfies Reach } : {});
  return [
    { name: `${size} endpoints: ready after`, value: readySeconds, unit: 's', ...compared(reference.readySeconds), ...reach(30) },
    { name: `${size} endpoints: resident once ready`, value: resident, unit: 'MiB', ...compared(reference.resident) },
    { name: `${size} endpoints: resident at most`, value: peak, unit: 'MiB', ...compared(reference.peak), ...reach(1_024) },
  ];
}

/** A quarter more is what two runs of the same may differ by on a machine that others use. */
function costFigures(size: number, { routed }: Measured, smallest: number, reference: Measured): Figure[] {
  const [own, other] = [routed[0]!, reference.routed[0]!];
  const least = `${smallest} endpoints`;
  return [
    {
      name: `${size} endpoints: CPU for an event`, value: own.cpuMicroseconds, unit: 'µs', reference: { name: least, value: other.cpuMicroseconds },
      ...(size === 1_000_000 && { reach: { of: 'ratio' as const, atMost: 1.25 } }),
    },
    { name: `${size} endpoints: events/s`, value: own.perSecond, unit: '', reference: { name: least, value: other.perSecond } },
  ];
}

function fanOutFigures(size: number, { routed }: Measured): Figure[] {
  const single = routed[0]!;
  return routed.flatMap(({ fanOut, perSecond, cpuMicroseconds }): Figure[] => [
    { name: `${size} endpoints, fan-out ${fanOut}: events/s`, value: perSecond, unit: '' },
    {
      name: `${size} endpoints, fan-out ${fanOut}: CPU for a delivery`, value: cpuMicroseconds / fanOut, unit: 'µs',
      ...(fanOut > 1 && { reference: { name: 'fan-out 1', value: single.cpuMicroseconds } }),
    },
  ]);
}

async function measure(stage: Stage, size: number): Promise<Measured> {
  const { system } = await stage.line({ services: [] });
  const accounts = await fillConfiguration(stage, system, size);
  stage.progress(`${size} endpoints: starting the router`);
  const startedAt = monotonicMs();
  const process = await system.launch('event-router');
  await process.ready(600_000);
  const readySeconds = (monotonicMs() - startedAt) / 1_000;
  const { resident } = memoryOf(process.pid);
  const [events, warm] = [stage.pick(20_000, 400), stage.pick(2_000, 100)];
  stage.progress(`${size} endpoints: routing`);
  const routed: Routed[] = [];
  await route(system, process.pid, spread(accounts.single, warm));
  routed.push({ fanOut: 1, ...(await route(system, process.pid, spread(accounts.single, events))) });
  for (const { fanOut } of fanOuts) {
    routed.push({ fanOut, ...(await route(system, process.pid, spread(accounts.wide.get(fanOut)!, Math.ceil(events / fanOut)))) });
  }
  const { peak } = memoryOf(process.pid);
  await process.stop();
  return { readySeconds, resident: resident / 2 ** 20, peak: peak / 2 ** 20, routed };
}

interface Accounts {
  /** In each an event matches one endpoint of five. */
  readonly single: readonly string[];
  readonly wide: ReadonlyMap<number, readonly string[]>;
}

/** Records the creation of `size` endpoints in all. */
async function fillConfiguration(stage: Stage, system: System, size: number): Promise<Accounts> {
  const ring = parseKeyRing(system.keyRing);
  const wide = new Map(fanOuts.map(({ fanOut, accounts }) => [fanOut, Array.from({ length: accounts }, (_, index) => `acct_fan_${fanOut}_${index}`)]));
  const others = size - fanOuts.reduce((total, { fanOut, accounts }) => total + fanOut * accounts, 0);
  const url = (index: number) => `https://hooks.customer-${index}.example.com/cepro/webhooks`;
  const message = (accountId: string, index: number, events: readonly EventType[]) => createdMessage(newEndpoint(accountId, url(index)), ring, events);
  const rest = eventTypes.filter((type) => type !== 'invoice.paid');
  function* messages() {
    for (const [fanOut, accounts] of wide) {
      for (const account of accounts) for (let index = 0; index < fanOut; index++) yield message(account, index, ['invoice.paid']);
    }
    for (let index = 0; index < others; index++) {
      const place = index % endpointsOfAccount;
      yield message(`acct_${Math.floor(index / endpointsOfAccount)}`, index, place === 0 ? ['invoice.paid', 'lead.created'] : rest.slice(place, place + 3));
    }
  }
  await publishAll(system.js, messages(), (count) => { if (count % 100_000 === 0) stage.progress(`${count} of ${size} endpoints created`); });
  return { single: Array.from({ length: Math.ceil(others / endpointsOfAccount) }, (_, index) => `acct_${index}`), wide };
}

/** So many events over the accounts, far apart, so that none is met twice in a row. */
function spread(accounts: readonly string[], count: number): string[] {
  const step = Math.max(1, Math.floor(accounts.length / count));
  return Array.from({ length: count }, (_, index) => accounts[(index * step) % accounts.length]!);
}

/** Publishes an event for each account, faster than the router takes them, and waits until all are routed. */
async function route(system: System, pid: number, accounts: readonly string[]): Promise<Omit<Routed, 'fanOut'>> {
  const [startedAt, before] = [monotonicMs(), usageOf(pid)];
  await publishAll(system.js, accounts.map((account) => eventMessage(account)));
  const jsm = await system.jsm;
  await eventually(async () => {
    const { num_pending: unseen, num_ack_pending: inHand } = await jsm.consumers.info(streams.events, routerDurable);
    if (unseen + inHand > 0) throw new Error(`${unseen + inHand} events are not routed`);
  }, { timeoutMs: 600_000, intervalMs: 20 });
  const seconds = (monotonicMs() - startedAt) / 1_000;
  return { perSecond: accounts.length / seconds, cpuMicroseconds: (since(before, usageOf(pid)).cpuMs * 1_000) / accounts.length };
}
