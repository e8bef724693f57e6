import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '@cepro/system';
import { eventMessage } from '../load/messages.ts';
import { publishWithin } from '../load/publish.ts';
import { memoryOf } from '../machine/proc.ts';
import type { Figure } from '../report/figure.ts';
import { median } from '../report/percentile.ts';
import type { Scenario } from '../scenario.ts';

const endpointCount = 20;
/** A backlog that the system does not work off while more comes: enough for half a minute, and a bound for the disk. */
const mostWaiting = 50_000;
const watched: readonly App[] = ['delivery-worker', 'event-router', 'log-query'];
const sampleMs = 500;

/** More than can be delivered, for ten minutes, with one endpoint that hangs and one that answers 503. */
export const overload: Scenario = {
  name: 'overload',
  title: 'Memory while more events come than can be delivered, one endpoint hanging and one answering 503',
  minutes: 11,
  async run(stage) {
    const { system, endpoints } = await stage.line();
    const accounts = Array.from({ length: endpointCount }, (_, index) => `acct_overload_${index}`);
    const urls = stage.urls('ok', endpointCount);
    urls[0] = stage.receivers.url('hang', 0);
    urls[1] = stage.receivers.url('busy', 1);
    await endpoints(urls.map((url, index) => ({ accountId: accounts[index]!, url })));
    await stage.receivers.reset({ keep: false });
    const seconds = stage.pick(600, 3);
    const samples = new Map(watched.map((app) => [app, [] as number[]]));
    let feeding = true;
    const watch = async () => {
      while (feeding) {
        for (const app of watched) samples.get(app)!.push(memoryOf(system.service(app).pid).resident / 2 ** 20);
        await sleep(sampleMs);
      }
    };
    const watching = watch();
    const published = await publishWithin(system.js, {
      seconds,
      room: async (sent) => Math.min(mostWaiting, 2_000 * seconds) - (sent - (await stage.receivers.count()).count),
      message: (index) => eventMessage(accounts[index % endpointCount]!),
    }).finally(() => { feeding = false; });
    await watching;
    const { count } = await stage.receivers.count();
    return [
      ...watched.flatMap((app) => figuresOf(app, samples.get(app)!, memoryOf(system.service(app).pid).peak / 2 ** 20)),
      { name: 'events published', value: published, unit: '' },
      { name: 'requests/s', value: count / seconds, unit: '' },
    ];
  },
};

/** Flat: what is resident in the last quarter of the time is hardly more than in the second one, when all is warm. */
function figuresOf(app: App, samples: readonly number[], peak: number): Figure[] {
  const quarter = Math.ceil(samples.length / 4);
  const late = median(samples.slice(-quarter));
  const early = median(samples.slice(quarter, 2 * quarter).length > 0 ? samples.slice(quarter, 2 * quarter) : samples);
  return [
    {
      name: `${app}: resident in the last quarter`, value: late, unit: 'MiB', reference: { name: 'in the second', value: early },
      ...(app !== 'log-query' && { reach: { of: 'ratio' as const, atMost: 1.1 } }),
    },
    { name: `${app}: resident at most`, value: peak, unit: 'MiB' },
  ];
}
