import { eventually, freePort } from '@cepro/testkit';
import { eventMessage } from '../load/messages.ts';
import { latencies } from '../load/latency.ts';
import { publishAtRate } from '../load/publish.ts';
import type { Figure, Reach } from '../report/figure.ts';
import { distributionOf } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';
import type { Line, Stage } from '../stage.ts';

const endpointCount = 20;
const perSecond = 200;
const lateMs = 1_000;
const patienceMs = 30_000;

/** What goes wrong with one endpoint of the twenty. */
const troubles = ['hanging', 'refusing', 'answering 503'] as const;
type Trouble = (typeof troubles)[number] | 'none';

interface Healthy {
  readonly p95: number;
  readonly max: number;
  readonly late: number;
}

/** Each trouble is measured right after a time without, with endpoints of its own, so that nothing is left of the one before. */
export const isolation: Scenario = {
  name: 'isolation',
  title: `Healthy endpoints beside one of ${endpointCount} in trouble, ${perSecond} events/s in all`,
  minutes: 4,
  async run(stage) {
    const line = await stage.line();
    await healthy(stage, line, 'none', stage.pick(5, 0.5));
    const figures: Figure[] = [];
    for (const trouble of troubles) {
      stage.progress(`none in trouble, then one ${trouble}`);
      // A hanging request ends after ten seconds: what that does to others shows for twice as long.
      const without = await healthy(stage, line, 'none', stage.pick(30, 0.5));
      const beside = await healthy(stage, line, trouble, stage.pick(40, 0.5));
      figures.push(...figuresOf(trouble, beside, without));
    }
    return figures;
  },
};

function figuresOf(trouble: Trouble, beside: Healthy, without: Healthy): Figure[] {
  const one = `1 of ${endpointCount} ${trouble}`;
  const reach = (bound: Reach) => (trouble === 'hanging' ? { reach: bound } : {});
  return [
    { name: `${one}: healthy p95`, value: beside.p95, unit: 'ms', reference: { name: 'without', value: without.p95 }, ...reach({ of: 'ratio', atMost: 2 }) },
    { name: `${one}: healthy, the latest`, value: beside.max, unit: 'ms', reference: { name: 'without', value: without.max } },
    { name: `${one}: healthy deliveries later than 1 s`, value: beside.late, unit: '', ...reach({ of: 'value', atMost: 0 }) },
  ];
}

let numbered = 0;

/** Sends events to twenty new endpoints, of which the first may be in trouble, and looks at what came of the other nineteen. */
async function healthy(stage: Stage, { system, endpoints }: Line, trouble: Trouble, seconds: number): Promise<Healthy> {
  const round = ++numbered;
  const accounts = Array.from({ length: endpointCount }, (_, index) => `acct_isolation_${round}_${index}`);
  const urls = stage.urls('ok', endpointCount);
  if (trouble === 'hanging') urls[0] = stage.receivers.url('hang', 0);
  if (trouble === 'refusing') urls[0] = `https://127.0.0.1:${await freePort()}/`;
  if (trouble === 'answering 503') urls[0] = stage.receivers.url('busy', 0);
  await endpoints(urls.map((url, index) => ({ accountId: accounts[index]!, url })));
  await stage.receivers.reset({ keep: true });
  const { count } = await publishAtRate(system.js, {
    perSecond, seconds, message: (index, dueAt) => eventMessage(accounts[index % endpointCount]!, dueAt),
  });
  const others = new Set(urls.slice(1).map((url) => new URL(url).pathname));
  const expected = Math.floor((count * (endpointCount - 1)) / endpointCount);
  const look = async () => latencies(await stage.receivers.take(), (path) => others.has(path));
  // Those that have not come by then are late whenever they come.
  await eventually(async () => {
    const missing = expected - (await look()).length;
    if (missing > 0) throw new Error(`${missing} of ${expected} healthy deliveries were not made`);
  }, { timeoutMs: patienceMs, intervalMs: 250 }).catch(() => undefined);
  const samples = await look();
  const { p95, max } = distributionOf(samples);
  return { p95, max, late: samples.filter((sample) => sample > lateMs).length + Math.max(0, expected - samples.length) };
}
