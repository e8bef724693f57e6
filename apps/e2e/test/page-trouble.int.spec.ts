import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { anEndpointOf, publishEvent, startBrowser, System, type Browser, type Tab } from '../src/index.ts';

let system: System;
let browser: Browser;
const tabs: Tab[] = [];

beforeAll(async () => {
  // The first retry is far enough away to be counted down to.
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '20000,300,300', DELIVERY_TIMEOUT_MS: '60000' } } });
  browser = await startBrowser();
});
afterAll(async () => {
  for (const { errors } of tabs) expect(errors).toEqual([]);
  await browser?.close();
  await system?.stop();
});

async function openAs(accountId: string, path?: string): Promise<Page> {
  const tab = await browser.open(await system.origin(accountId), path);
  tabs.push(tab);
  return tab.page;
}

const log = (page: Page) => page.getByRole('table', { name: 'Delivery log' });

describe('a receiver that fails', () => {
  it('is retried under the eyes of its admin until it has failed, and by hand until it succeeds', async () => {
    const { endpoint, path } = await anEndpointOf(system, 'acct_failing');
    path.answer((request) => (Number(request.headers['x-webhook-attempt']) <= 4 ? { status: 500, body: 'the ledger is locked' } : { status: 200, body: 'thanks' }));
    const page = await openAs('acct_failing', `/${endpoint.id}`);
    await publishEvent(system, { accountId: 'acct_failing' });
    await log(page).getByRole('row').filter({ hasText: 'Retrying' }).getByRole('link').first().click();
    await page.getByRole('timer').getByText(/^in \d+ s$/).waitFor();
    await page.getByText('In progress').waitFor();
    await page.getByText('the ledger is locked').first().waitFor();

    const attempts = page.getByRole('list', { name: 'Attempts' }).getByRole('listitem');
    await page.getByRole('definition').getByText('Failed', { exact: true }).waitFor();
    expect(await attempts.count()).toBe(4);
    await page.goBack();
    const failed = log(page).getByRole('row').filter({ hasText: 'Failed' });
    await failed.getByText('500').waitFor();
    expect(await log(page).getByRole('row').filter({ hasText: 'Retrying' }).count()).toBe(3);

    await failed.getByRole('button', { name: 'Retry' }).click();
    await log(page).getByRole('row').filter({ hasText: 'Success' }).getByRole('link').click();
    await page.getByText('Succeeded').waitFor();
    expect(await attempts.count()).toBe(5);
    const requests = await path.waitFor(5);
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-id'])).size).toBe(1);
    await page.getByText('thanks').waitFor();
    // What has succeeded is not to be sent again.
    expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(0);
  });

  it('has its endpoint shown as failing', async () => {
    const { endpoint, path } = await anEndpointOf(system, 'acct_still_failing');
    path.answer({ status: 503 });
    await publishEvent(system, { accountId: 'acct_still_failing' });
    const page = await openAs('acct_still_failing');
    await page.getByRole('row').filter({ hasText: endpoint.url }).getByText('Failing since').waitFor();
    await page.getByRole('switch').press('Space');
    await page.getByText('Disabled by you').waitFor();
    // What was waiting for its retry is cancelled, and a retry by hand refused while it is off.
    await page.getByRole('link', { name: endpoint.url }).click();
    await log(page).getByRole('link').first().click();
    await page.getByText('Cancelled because the webhook was disabled').waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('dialog').getByText('The endpoint is disabled; enable it first').waitFor();
  });
});

describe('a URL that is no good', () => {
  it('is spoken of while it is typed, and by the server when it is saved', async () => {
    const page = await openAs('acct_bad_url', '/new');
    const url = page.getByRole('textbox', { name: 'URL' });
    await url.fill('http://hooks.example.com/');
    await page.getByText('The URL must begin with https://.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Check at least one event.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('url');
    await page.getByRole('checkbox', { name: 'invoice.paid' }).check();
    await url.fill('https://169.254.169.254/latest/meta-data');
    await page.getByText('CE Pro rejects localhost, private-network and other internal addresses.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Webhook URL must be an external HTTPS endpoint').waitFor();
    expect(await url.getAttribute('aria-invalid')).toBe('true');
    await url.fill('https://169.254.169.254/other');
    await page.getByText('Webhook URL must be an external HTTPS endpoint').waitFor({ state: 'detached' });
  });
});

describe('another account', () => {
  it('sees nothing', async () => {
    const { account, endpoint } = await anEndpointOf(system, 'acct_owner');
    await publishEvent(system, { accountId: 'acct_owner' });
    const [entry] = await account.logged(endpoint.id, 1);
    const page = await openAs('acct_stranger');
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    const owner = new URL(page.url());
    for (const [path, title] of [[`/${endpoint.id}`, 'Webhook not found'], [`/${endpoint.id}/edit`, 'Webhook not found'], [`/${endpoint.id}/deliveries/${entry!.deliveryId}`, 'Delivery not found']] as const) {
      await page.goto(`${owner.href}${path}`);
      await page.getByRole('heading', { name: title }).waitFor();
      expect(await page.content()).not.toContain(endpoint.url);
    }
  });
});

describe('a hostile receiver', () => {
  const html = '<script>window.harmed = true</script><img src="x" onerror="window.harmed = true"><h1>Owned</h1>\u202eevil';
  const binary = Buffer.from(Array.from({ length: 16 * 1024 }, (_, index) => (index * 151 + (index >> 8)) % 256));

  it.each([['a script', html, 'text/html'], ['16 KiB of binary', binary, 'application/octet-stream']])('does no harm with %s', async (what, body, type) => {
    const accountId = `acct_${what.replaceAll(/\W/g, '_')}`;
    const { endpoint, path } = await anEndpointOf(system, accountId);
    path.answer({ status: 200, body, headers: { 'content-type': type } });
    await publishEvent(system, { accountId });
    const page = await openAs(accountId, `/${endpoint.id}`);
    await page.getByRole('button', { name: 'Send Test' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await page.getByRole('dialog').getByRole('region', { name: 'Response body' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await log(page).getByRole('row').filter({ hasText: 'invoice.paid' }).getByRole('link').click();
    const shown = await page.getByRole('region', { name: 'Response body of attempt 1' }).innerText();
    if (body === html) expect(shown).toBe(html);
    else expect(shown.split('\n')).toHaveLength(1024);
    expect(await page.evaluate('window.harmed')).toBeUndefined();
    expect(await page.getByRole('heading', { name: 'Owned' }).count()).toBe(0);
  });
});

describe('a lost connection', () => {
  it('is said, and what happened meanwhile is there when it is back', async () => {
    const { endpoint } = await anEndpointOf(system, 'acct_offline');
    const page = await openAs('acct_offline', `/${endpoint.id}`);
    await page.getByText('Nothing was sent yet.').waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost').waitFor();
    await publishEvent(system, { accountId: 'acct_offline' });
    // It is said for a moment only.
    const back = page.getByText('Connected again').waitFor();
    await page.context().setOffline(false);
    await back;
    await log(page).getByRole('row').filter({ hasText: 'invoice.paid' }).waitFor();
  });

  it('to a service that is away is said too, and so is what can not be loaded', async () => {
    const { endpoint } = await anEndpointOf(system, 'acct_away');
    const page = await openAs('acct_away');
    await page.getByText(endpoint.url).waitFor();
    await system.service('config-api').kill();
    await page.getByText('Connection lost').waitFor();
    await page.getByText(endpoint.url).waitFor();
    const other = await openAs('acct_away', `/${endpoint.id}`);
    await other.getByText('CE Pro can not be reached right now.').waitFor();
    const back = page.getByText('Connected again').waitFor();
    await system.startService('config-api');
    await back;
    await other.getByRole('heading', { name: endpoint.url }).waitFor();
  });
});
