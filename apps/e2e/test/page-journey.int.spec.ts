import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type ReceiverPath } from '@cepro/testkit';
import type { Page } from 'playwright-core';
import { pageRoot, publishEvent, routed, startBrowser, System, type Browser, type Tab } from '../src/index.ts';

let system: System;
let browser: Browser;

beforeAll(async () => {
  system = await System.start({
    env: {
      'config-api': { AUTO_DISABLE_AFTER_MS: '1000', AUTO_DISABLE_MIN_FAILED_DELIVERIES: '2', AUTO_DISABLE_CHECK_MS: '200' },
      'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '200' },
    },
  });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const openAs = async (accountId: string, path?: string): Promise<Tab> => browser.open(await system.origin(accountId), path);
const pathOf = (page: Page) => new URL(page.url()).pathname.slice(pageRoot.length);

/** Fills in and saves the form for a new endpoint. */
async function add(page: Page, url: string, ...events: string[]): Promise<void> {
  await page.getByRole('link', { name: 'Add Webhook' }).click();
  await page.getByLabel('URL', { exact: false }).first().fill(url);
  for (const event of events) await page.getByRole('checkbox', { name: event }).check();
  await page.getByRole('button', { name: 'Save' }).click();
}

const log = (page: Page) => page.getByRole('table', { name: 'Delivery log' });
const logRow = (page: Page, ...texts: string[]) => texts.reduce((rows, text) => rows.filter({ hasText: text }), log(page).getByRole('row'));

describe('an account\'s admin', () => {
  let tab: Tab;
  let page: Page;
  let receiver: ReceiverPath;
  let secret: string;

  beforeAll(async () => {
    receiver = system.receiver.at('/journey');
    receiver.answer({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"received":true,"id":12345678901234567890}' });
    tab = await openAs('acct_journey');
    page = tab.page;
  });
  afterAll(() => tab?.close());

  it('learns from an empty page what a webhook is', async () => {
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    await page.getByRole('link', { name: 'verify each request' }).click();
    await page.getByRole('heading', { name: 'Verify webhook requests' }).waitFor();
    await page.goBack();
  });

  it('adds an endpoint and gets its secret once, with what verifies a request', async () => {
    await add(page, receiver.url, 'invoice.paid', 'job.completed');
    const dialog = page.getByRole('dialog', { name: 'Your signing secret' });
    secret = await dialog.getByLabel('Signing secret').innerText();
    expect(secret).toMatch(/^whsec_/);
    await dialog.getByRole('tab', { name: 'Python' }).click();
    await dialog.getByText('hmac.compare_digest').waitFor();
  });

  it('is asked when leaving without having copied the secret, and not afterwards', async () => {
    const dialog = page.getByRole('dialog', { name: 'Your signing secret' });
    await page.keyboard.press('Escape');
    await dialog.getByText('You have not copied the secret.').waitFor();
    await dialog.getByRole('button', { name: 'Back to the secret' }).click();
    await page.goBack();
    await dialog.getByText('You have not copied the secret.').waitFor();
    await dialog.getByRole('button', { name: 'Back to the secret' }).click();
    expect(pathOf(page)).toBe('/new');
    await dialog.getByRole('button', { name: 'Copy secret' }).click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(secret);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: receiver.url }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.getByText('Nothing was sent yet.').waitFor();
  });

  it('sends a test to the live receiver', async () => {
    await page.getByRole('button', { name: 'Send Test' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send Test' });
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Success').waitFor();
    await dialog.getByText('200').waitFor();
    // Formatted without losing a digit.
    await dialog.getByText('"id": 12345678901234567890').waitFor();
    await dialog.getByLabel('Event type').selectOption('proposal_sent');
    await dialog.getByRole('button', { name: 'Send' }).click();
    const requests = await receiver.waitFor(2);
    expect(requests.map(({ headers }) => headers['x-webhook-event'])).toEqual(['estimate.created', 'proposal_sent']);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await logRow(page, 'estimate.created', 'test', 'Success').waitFor();
    await logRow(page, 'proposal_sent', 'test', 'Success').waitFor();
  });

  it('sees a real event appear without a reload, and opens it', async () => {
    await page.evaluate('window.notReloaded = true');
    await publishEvent(system, { accountId: 'acct_journey', type: 'invoice.paid', data: { id: 'inv_1', total: 480 } });
    await logRow(page, 'invoice.paid', '200', 'Success').getByRole('link').click();
    await page.getByRole('heading', { name: 'invoice.paid' }).waitFor();
    const [, , request] = await receiver.waitFor(3);
    const signature = createHmac('sha256', secret).update(request!.rawBody).digest('hex');
    expect(request!.headers['x-webhook-signature']).toBe(signature);
    await page.getByText(signature).first().waitFor();
    await page.getByRole('region', { name: 'Payload' }).getByText('"total": 480').waitFor();
    await page.getByRole('button', { name: 'Show raw' }).last().click();
    expect(await page.getByRole('region', { name: 'Payload' }).innerText()).toBe(request!.rawBody.toString());
    await page.getByRole('region', { name: 'curl command' }).getByText(`X-Webhook-Signature: ${signature}`).waitFor();
    expect(await page.evaluate('window.notReloaded')).toBe(true);
  });

  it('sees the endpoint healthy, with its success rate', async () => {
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
    const row = page.getByRole('table', { name: 'Webhooks' }).getByRole('row').filter({ hasText: receiver.url });
    await row.getByText('Healthy').waitFor();
    await row.getByRole('img', { name: '100 % of 1 attempts succeeded in the last 24 hours' }).waitFor();
  });

  it('disables the endpoint, which stops deliveries, and enables it again', async () => {
    const row = page.getByRole('table', { name: 'Webhooks' }).getByRole('row').filter({ hasText: receiver.url });
    const active = row.getByRole('switch', { name: `Active: ${receiver.url}` });
    await active.focus();
    await page.keyboard.press('Space');
    await row.getByText('Disabled by you').waitFor();
    expect(await active.isChecked()).toBe(false);
    await publishEvent(system, { accountId: 'acct_journey', type: 'invoice.paid' });
    await routed(system);
    expect(receiver.requests).toHaveLength(3);
    await active.press('Space');
    await row.getByText('Healthy').waitFor();
  });

  it('edits the endpoint', async () => {
    await page.getByRole('link', { name: receiver.url }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Description').fill('Our accounting');
    await page.getByRole('checkbox', { name: 'Leads: select all' }).check();
    await page.getByRole('button', { name: 'Example of lead.created' }).click();
    await page.getByRole('region', { name: 'Example payload of lead.created' }).getByText('lead_8f31c2').waitFor();
    await page.getByText('Legacy events, for older integrations').click();
    await page.getByRole('checkbox', { name: 'proposal_sent' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Our accounting').waitFor();
    await page.getByText('lead.created, lead.status_changed, job.completed, invoice.paid, proposal_sent').waitFor();
  });

  it('deletes it after a question that names it', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
    await dialog.getByText(receiver.url).waitFor();
    await dialog.getByText('all of its delivery history').waitFor();
    await dialog.getByRole('button', { name: 'Delete endpoint and history' }).click();
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    expect(tab.errors).toEqual([]);
  });
});

describe('an admin whose receiver fails for too long', () => {
  it('sees that the system has disabled the endpoint and why, and enables it when the receiver is back', async () => {
    const account = await system.account('acct_given_up');
    const receiver = system.receiver.at('/given-up');
    receiver.answer({ status: 500 });
    const { id } = await account.anEndpoint({ url: receiver.url });
    const { page, errors, close } = await openAs('acct_given_up');
    const row = page.getByRole('table', { name: 'Webhooks' }).getByRole('row').filter({ hasText: receiver.url });
    const active = row.getByRole('switch', { name: `Active: ${receiver.url}` });
    await row.getByText('Never used').waitFor();
    await publishEvent(system, { accountId: 'acct_given_up', type: 'invoice.paid' });
    await publishEvent(system, { accountId: 'acct_given_up', type: 'invoice.paid' });
    // By itself, without a reload.
    await row.getByText('Disabled by the system because every delivery failed for days').waitFor();
    expect(await active.isChecked()).toBe(false);
    await row.getByRole('link', { name: receiver.url }).click();
    await page.getByText('Disabled by the system because every delivery failed for days').waitFor();

    receiver.answer({ status: 200 });
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
    await active.press('Space');
    await eventually(async () => expect((await account.call('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ active: true }));
    const before = receiver.requests.length;
    await publishEvent(system, { accountId: 'acct_given_up', type: 'invoice.paid' });
    await receiver.waitFor(before + 1);
    await row.getByText('Healthy').waitFor();
    expect(errors).toEqual([]);
    await close();
  });
});
