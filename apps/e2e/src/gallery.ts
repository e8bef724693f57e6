import { configSubject, encodeEndpointEvents, eventSubject, eventTypes } from '@cepro/contracts';
import type { System } from '@cepro/system';
import { eventually, type Origin } from '@cepro/testkit';
import type { Page } from 'playwright-core';
import { publishBody, publishEvent, routed } from './events.ts';

/** One of the page's views, with something to see in it. */
export interface View {
  readonly name: string;
  readonly origin: Origin;
  readonly path: string;
  /** What it takes from opening the path until the view is there. */
  readonly show: (page: Page) => Promise<void>;
}

const accountId = 'acct_gallery';

/** For {@link System.start}: the first retry comes soon, the second is then counted down to. */
export const galleryEnv = { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '1000,900000,300000' } } as const;

/** Every view of the page, with endpoints and deliveries made for it. */
export async function gallery(system: System): Promise<View[]> {
  const { healthy, failing, failed, givenUp, sent, unusable } = await furnish(system);
  const [origin, empty] = [await system.origin(accountId), await system.origin(`${accountId}_new`)];
  const text = (wanted: string) => async (page: Page) => page.getByText(wanted).first().waitFor();
  const form = text('Leads: select all');
  const log = (page: Page) => page.getByRole('table', { name: 'Delivery log' }).getByRole('link').first().waitFor();
  return [
    { name: 'empty', origin: empty, path: '', show: text('A webhook is an HTTP POST request') },
    { name: 'list', origin, path: '', show: async (page) => {
      await text('Failing since')(page);
      await text('Disabled by the system')(page);
      // The statistics of each endpoint are an answer of their own.
      await page.getByText('No attempts').nth(1).waitFor();
      await page.getByRole('img').nth(2).waitFor();
    } },
    { name: 'add', origin, path: '/new', show: async (page) => {
      await form(page);
      await page.getByRole('textbox', { name: 'URL' }).fill('http://hooks.example.com');
      await page.getByRole('button', { name: 'Example of lead.created' }).click();
      await page.getByText('Legacy events, for older integrations').click();
      await page.getByRole('button', { name: 'Save' }).click();
    } },
    { name: 'secret', origin: empty, path: '/new', show: async (page) => {
      await form(page);
      await page.getByRole('textbox', { name: 'URL' }).fill(system.receiver.at('/secret').url);
      await page.getByRole('checkbox', { name: 'invoice.paid' }).check();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('dialog').getByText('Copy secret').waitFor();
      // The next one who comes finds the account empty again.
      const account = await system.account(`${accountId}_new`);
      const { body } = await account.call<{ data: { id: string }[] }>('GET', '/v1/webhooks');
      for (const { id } of body.data) await account.call('DELETE', `/v1/webhooks/${id}`);
    } },
    { name: 'edit', origin, path: `/${healthy}/edit`, show: form },
    { name: 'verify', origin, path: '/verify', show: text('Request headers') },
    { name: 'log', origin, path: `/${healthy}`, show: log },
    { name: 'log-failing', origin, path: `/${failing}`, show: log },
    { name: 'log-given-up', origin, path: `/${givenUp}`, show: async (page) => {
      await log(page);
      await text('No events are sent to this endpoint')(page);
    } },
    { name: 'test', origin, path: `/${failing}`, show: async (page) => {
      await log(page);
      await page.getByRole('button', { name: 'Send Test' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
      await page.getByRole('dialog').getByText('Webhook test failed').waitFor();
    } },
    { name: 'delete', origin, path: `/${healthy}`, show: async (page) => {
      await log(page);
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByText('Keep it').waitFor();
    } },
    { name: 'delivery', origin, path: `/${failing}/deliveries/${failed}`, show: async (page) => page.getByRole('timer').waitFor() },
    { name: 'events', origin, path: '/events', show: text('Nobody listened') },
    { name: 'events-empty', origin: empty, path: '/events', show: text('Nothing has happened yet') },
    { name: 'event', origin, path: `/events/${sent}`, show: text('Sent: succeeded') },
    { name: 'event-unusable', origin, path: `/events/${unusable}`, show: text('It could not be used') },
    { name: 'explain', origin, path: `/${healthy}`, show: async (page) => {
      await log(page);
      await page.getByRole('button', { name: 'Would it be delivered?' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Explain' }).click();
      await page.getByRole('dialog').getByText('Yes, it would be delivered.').waitFor();
    } },
    { name: 'missing', origin, path: '/wh_nothing', show: text('not found') },
    { name: 'lost', origin, path: '', show: async (page) => {
      await text('Failing since')(page);
      await page.context().setOffline(true);
      await text('Connection lost')(page);
    } },
  ];
}

/** Endpoints as an account may have them. */
async function furnish(system: System) {
  const account = await system.account(accountId);
  const answering = (path: string, status: number, body = '') => {
    const receiver = system.receiver.at(path);
    receiver.answer({ status, body, headers: { 'content-type': 'application/json' } });
    return receiver.url;
  };
  const current = eventTypes.slice(0, 8);
  const healthy = await account.anEndpoint({ url: answering('/crm/hooks', 200, '{"received":true,"queue":"crm"}'), events: current, description: 'Our CRM' });
  const failing = await account.anEndpoint({ url: answering('/accounting', 500, '{"error":"the ledger is locked"}'), events: ['invoice.paid'], description: 'Accounting' });
  await account.anEndpoint({ url: answering('/warehouse', 200), events: ['job.created', 'job.completed', 'invoice.paid'], active: false });
  await account.anEndpoint({ url: `${answering('/zapier/hooks/catch/84213/b2x7q1k9', 200)}?source=ce-pro&environment=production`, events: ['proposal_sent'] });
  const givenUp = await account.anEndpoint({ url: answering('/old-dispatch', 503), events: ['invoice.paid'], description: 'Dispatch, before the move' });
  for (const type of [...current, ...current]) await publishEvent(system, { accountId, type, data: { id: 'inv_77d0f3', client_name: 'Jane Smith', total: 480 } });
  await account.logged(healthy.id, 16);
  const [first] = await account.logged(failing.id, 4);
  await account.logged(givenUp.id, 4);
  // Days of failure at once: the fact that config-api would record at their end.
  await system.js.publish(configSubject(accountId, givenUp.id), encodeEndpointEvents([{ type: 'disabled', at: new Date().toISOString(), reason: 'failing' }]));
  await publishEvent(system, { accountId, data: { id: 'inv_80b2e9', client_name: 'Jane Smith', total: 1250.5 } });
  await publishBody(system, eventSubject(accountId, 'job.completed'), '{"data":{"id":"job_5c1e07"}}');
  await publishEvent(system, { accountId, type: 'bug_report_created' });
  await routed(system);
  // Added after the events, so that each kind of verdict is there.
  const moved = await account.anEndpoint({ url: answering('/moved', 200) });
  await account.call('DELETE', `/v1/webhooks/${moved.id}`);
  await account.anEndpoint({ url: answering('/reports', 200), events: ['invoice.paid'], active: false });
  const { sent, unusable } = await eventually(async () => {
    const { body } = await account.call<{ data: { id: string; type: string | null; status: string }[] }>('GET', '/v1/events?limit=100');
    const [last, refused] = [body.data.find(({ type, status }) => type === 'invoice.paid' && status === 'routed'), body.data.find(({ status }) => status === 'unusable')];
    if (!last || !refused || body.data.some(({ status }) => status === 'waiting')) throw new Error('the list of events is not complete yet');
    return { sent: last.id, unusable: refused.id };
  });
  return { healthy: healthy.id, failing: failing.id, failed: first!.deliveryId, givenUp: givenUp.id, sent, unusable };
}
