import { monotonicMs } from '../clock.ts';
import { LogWatch } from '../load/backlog.ts';
import { eventMessage } from '../load/messages.ts';
import { publishAll } from '../load/publish.ts';
import type { Scenario } from '../scenario.ts';

const endpointCount = 64;

/** What happens after an outage of ours: all services were away while events were published. */
export const drain: Scenario = {
  name: 'drain',
  title: 'A backlog of events that were published while no service was there',
  minutes: 1,
  async run(stage) {
    const backlog = stage.pick(100_000, 300);
    const { system, endpoints } = await stage.line({ services: [] });
    const accounts = Array.from({ length: endpointCount }, (_, index) => `acct_drain_${index}`);
    const urls = stage.urls('ok', endpointCount);
    await endpoints(urls.map((url, index) => ({ accountId: accounts[index]!, url })));
    const bare = await stage.bareHttps(urls);
    stage.progress(`publishing ${backlog} events`);
    await publishAll(system.js, Array.from({ length: backlog }, (_, index) => eventMessage(accounts[index % endpointCount]!)));
    await stage.receivers.reset({ keep: false });
    const log = await LogWatch.open(system);
    stage.use(() => log.close());
    stage.progress('starting the services');
    const startedAt = monotonicMs();
    await Promise.all((['log-query', 'event-router', 'delivery-worker'] as const).map((app) => system.launch(app)));
    await stage.receivers.waitFor(backlog, 900_000);
    const delivered = (monotonicMs() - startedAt) / 1_000;
    stage.progress('all is delivered; waiting for the log');
    await log.caughtUp(900_000);
    const logged = (monotonicMs() - startedAt) / 1_000;
    return [
      { name: `${backlog} delivered`, value: delivered, unit: 's', reference: { name: 'as bare HTTPS POSTs', value: backlog / bare.perSecond } },
      { name: 'and in the log', value: logged, unit: 's', reference: { name: 'delivered', value: delivered } },
      { name: 'deliveries/s', value: backlog / delivered, unit: '', reference: { name: 'bare HTTPS POSTs/s', value: bare.perSecond } },
    ];
  },
};
