import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSubject, encodeEndpointEvents } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import type { Page } from 'playwright-core';
import { anEndpointOf, pageRoot, publishBody, publishEvent, routed, startBrowser, System, type Browser, type Tab } from '../src/index.ts';

let system: System;
let browser: Browser;
const tabs: Tab[] = [];

beforeAll(async () => {
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '100' } } });
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

const pathOf = (page: Page) => new URL(page.url()).pathname.slice(pageRoot.length);
const rows = (page: Page) => page.getByRole('rowgroup', { name: 'Events, newest first' }).getByRole('row');
const rowOf = (page: Page, ...texts: string[]) => texts.reduce((some, text) => some.filter({ hasText: text }), rows(page));
const verdictOn = (page: Page, endpoint: string) => page.getByRole('table', { name: 'Endpoints' }).getByRole('row').filter({ hasText: endpoint });

/** Goes on by the tabulator until what has the focus is what is wanted. */
async function tabTo(page: Page, wanted: string): Promise<void> {
  const seen: string[] = [];
  for (let step = 0; step < 60 && !seen.at(-1)?.includes(wanted); step++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    // Within a field for a time, and behind the last one, the browser's own parts have the focus. Of a list, only what it is called: what is in it has its own turn.
    seen.push(await focused.count() === 0 ? 'nothing' : (await focused.ariaSnapshot()).split('\n')[0]!);
  }
  expect({ seen, last: seen.at(-1) }).toEqual({ seen, last: expect.stringContaining(wanted) });
}

describe('an account whose events meet every fate', () => {
  const accountId = 'acct_events';
  const ids = { succeeding: '', failing: '', unsubscribed: '', off: '', givenUp: '', later: '', deleted: '' };
  const urlOf = (name: string) => system.receiver.at(`/fates/${name}`).url;
  let page: Page;

  beforeAll(async () => {
    const account = await system.account(accountId);
    const add = async (name: keyof typeof ids, fields: { events?: string[]; active?: boolean } = {}) => {
      ids[name] = (await account.anEndpoint({ url: urlOf(name), ...fields })).id;
    };
    system.receiver.at('/fates/failing').answer({ status: 500 });
    await add('succeeding');
    await add('failing');
    await add('unsubscribed', { events: ['lead.created'] });
    await add('off', { active: false });
    await add('givenUp');
    await add('deleted');
    // Days of failure at once: the fact that config-api would record at their end.
    await system.js.publish(configSubject(accountId, ids.givenUp), encodeEndpointEvents([{ type: 'disabled', at: new Date().toISOString(), reason: 'failing' }]));
    await eventually(async () => expect((await account.call('GET', `/v1/webhooks/${ids.givenUp}`)).body).toMatchObject({ active: false }));
    page = await openAs(accountId);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByText('Nothing has happened yet').waitFor();
    await publishEvent(system, { accountId, data: { id: 'inv_1', total: 480 } });
    await publishEvent(system, { accountId, type: 'bug_report_created' });
    await publishBody(system, `cepro.events.${accountId}.job.completed`, '{"data":{"id":"job_1"}}');
    await publishBody(system, `cepro.events.${accountId}.estimate.created`, 'not JSON');
    await publishBody(system, `cepro.events.${accountId}.weather.changed`, '{"timestamp":"2026-03-08T14:30:00Z","data":{}}');
    await routed(system);
    await add('later');
    await account.call('DELETE', `/v1/webhooks/${ids.deleted}`);
  });

  it('sees each of them appear by itself, with what came of it', async () => {
    await rowOf(page, 'invoice.paid', 'Sent to 3 endpoints').waitFor();
    await rowOf(page, 'bug_report_created', 'Nobody listened').waitFor();
    await rowOf(page, 'job.completed', 'Could not be used: the timestamp is missing or not ISO 8601').waitFor();
    await rowOf(page, 'estimate.created', 'Could not be used: it is not valid JSON').waitFor();
    await rowOf(page, 'Unknown type', 'Could not be used: its type is not in the catalogue').waitFor();
    const links = await rows(page).getByRole('link').allInnerTexts();
    expect(links).toEqual(['Unknown type', 'estimate.created', 'job.completed', 'bug_report_created', 'invoice.paid']);
  });

  it('finds the events of a type and of a time, also on the way back', async () => {
    const type = page.getByLabel('Event', { exact: true });
    await type.focus();
    await type.selectOption('invoice.paid');
    await eventually(async () => expect(await rows(page).getByRole('link').allInnerTexts()).toEqual(['invoice.paid']));
    // The filter keeps the focus, so that one can go on choosing.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SELECT');
    await rows(page).getByRole('link').click();
    await page.getByRole('heading', { name: 'invoice.paid' }).waitFor();
    await page.goBack();
    await rows(page).getByRole('link').first().waitFor();
    expect(await rows(page).getByRole('link').allInnerTexts()).toEqual(['invoice.paid']);
    expect(await type.inputValue()).toBe('invoice.paid');
    await page.getByLabel('To', { exact: true }).fill('2020-01-01T00:00');
    await page.getByText('No event matches these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(5));
  });

  it('is not filtered by an outcome, which events do not have', async () => {
    const filtered = await openAs(accountId, '/events?outcome=Failed');
    await eventually(async () => expect(await rows(filtered).count()).toBe(5));
    expect(await filtered.getByRole('button', { name: 'Clear filters' }).count()).toBe(0);
  });

  it('reads for every endpoint whether it got the event, and why not', async () => {
    await rowOf(page, 'invoice.paid').getByRole('link').click();
    await page.getByText('Sent to 3 endpoints.').waitFor();
    await verdictOn(page, urlOf('succeeding')).getByText('Sent: succeeded').waitFor();
    await verdictOn(page, urlOf('failing')).getByText('Sent: failed').waitFor();
    await verdictOn(page, urlOf('unsubscribed')).getByText('Not subscribed to invoice.paid').waitFor();
    await verdictOn(page, urlOf('off')).getByText('Switched off by you').waitFor();
    await verdictOn(page, urlOf('givenUp')).getByText('Switched off by the system since').waitFor();
    await verdictOn(page, urlOf('givenUp')).getByText('because it kept failing').waitFor();
    await verdictOn(page, urlOf('later')).getByText('Added later, on').waitFor();
    await verdictOn(page, ids.deleted).getByText('Deleted on').waitFor();
    expect(await page.content()).not.toContain(urlOf('deleted'));
    // Every endpoint, in the order in which they were added.
    const named = await page.getByRole('table', { name: 'Endpoints' }).getByRole('row').filter({ has: page.getByRole('cell') }).getByRole('cell').first().innerText();
    expect(named).toBe(urlOf('succeeding'));
    const [sent] = system.receiver.at('/fates/succeeding').requests;
    await page.getByRole('button', { name: 'Show raw' }).click();
    expect(await page.getByRole('region', { name: 'Payload' }).innerText()).toBe(sent!.rawBody.toString());
  });

  it('goes on to a delivery, from there to its event, and back', async () => {
    const event = pathOf(page);
    await page.getByRole('link', { name: `Delivery to ${urlOf('failing')}` }).click();
    await page.getByRole('definition').getByText('Failed', { exact: true }).waitFor();
    expect(pathOf(page)).toContain(`/${ids.failing}/deliveries/dlv_`);
    await page.getByRole('definition').getByRole('link', { name: event.replace('/events/', '') }).click();
    await page.getByText('Sent to 3 endpoints.').waitFor();
    expect(pathOf(page)).toBe(event);
    await page.getByRole('link', { name: urlOf('succeeding'), exact: true }).click();
    await page.getByRole('heading', { name: urlOf('succeeding') }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: `Edit ${urlOf('unsubscribed')}` }).click();
    await page.getByRole('heading', { name: 'Edit Webhook' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
    await page.getByRole('link', { name: 'Add Webhook' }).waitFor();
  });

  it('is told of an event that could not be used that nobody got it', async () => {
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await rowOf(page, 'job.completed').getByRole('link').click();
    await page.getByText('It could not be used, and was sent to nobody: the timestamp is missing or not ISO 8601.').waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    await page.goBack();
    await rowOf(page, 'bug_report_created').getByRole('link').click();
    await page.getByText('Nobody listened: no endpoint was active and subscribed to bug_report_created.').waitFor();
    await verdictOn(page, urlOf('succeeding')).getByText('Not subscribed to bug_report_created').waitFor();
  });

  it('needs no mouse', async () => {
    const mine = await openAs(accountId);
    await mine.getByRole('link', { name: 'Add Webhook' }).waitFor();
    await tabTo(mine, 'link "Events"');
    await mine.keyboard.press('Enter');
    await rows(mine).first().waitFor();
    // A screen reader begins at the heading.
    expect(await mine.locator(':focus').ariaSnapshot()).toContain('heading "Events"');
    await tabTo(mine, 'combobox "Event"');
    const type = mine.getByLabel('Event', { exact: true });
    for (let step = 0; step < 20 && (await type.inputValue()) !== 'invoice.paid'; step++) await mine.keyboard.press('ArrowDown');
    await eventually(async () => expect(await rows(mine).getByRole('link').allInnerTexts()).toEqual(['invoice.paid']));
    await tabTo(mine, 'link "invoice.paid"');
    await mine.keyboard.press('Enter');
    await mine.getByRole('heading', { name: 'invoice.paid' }).waitFor();
    await mine.getByRole('table', { name: 'Endpoints' }).waitFor();
    await tabTo(mine, `link "Delivery to ${urlOf('succeeding')}"`);
    await mine.keyboard.press('Enter');
    await mine.getByRole('definition').getByText('Succeeded', { exact: true }).waitFor();
    await tabTo(mine, 'link "evt_');
    await mine.keyboard.press('Enter');
    await mine.getByText('Sent to 3 endpoints.').waitFor();
  });

  it.each(['light', 'dark'] as const)('has nothing that axe finds in %s, at any width, and fits a phone', async (colorScheme) => {
    await page.goto(new URL(page.url()).origin + pageRoot + '/events');
    const paths: Record<string, string> = { '/events': 'Nobody listened', '/events/evt_nothing': 'Event not found' };
    for (const [type, text] of Object.entries({ 'invoice.paid': 'Sent: succeeded', 'job.completed': 'It could not be used', 'bug_report_created': 'Nobody listened' })) {
      const href = await rowOf(page, type).getByRole('link').getAttribute('href');
      paths[href!.slice(pageRoot.length)] = text;
    }
    const found: unknown[] = [];
    for (const [path, text] of Object.entries(paths)) {
      for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
        const tab = await browser.open(await system.origin(accountId), path, { colorScheme, viewport, reducedMotion: 'reduce' });
        await tab.page.getByText(text).first().waitFor();
        const violations = await tab.axe();
        const isTooWide = await tab.page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
        if (violations.length + tab.errors.length > 0 || isTooWide) found.push({ path, viewport, violations, errors: tab.errors, isTooWide });
        await tab.close();
      }
    }
    expect(found).toEqual([]);
  });

  it('sees nothing of another account\'s', async () => {
    const href = await rowOf(page, 'invoice.paid').getByRole('link').getAttribute('href');
    const stranger = await openAs('acct_events_stranger', href!.slice(pageRoot.length));
    await stranger.getByRole('heading', { name: 'Event not found' }).waitFor();
    await stranger.getByText('It is older than the log is kept, or it never was here.').waitFor();
    await stranger.getByRole('link', { name: 'All events' }).waitFor();
    await stranger.getByRole('link', { name: 'Events', exact: true }).click();
    await stranger.getByText('Nothing has happened yet').waitFor();
  });
});

describe('an event that is not routed yet', () => {
  it('is shown as waiting, and what comes of it appears by itself', async () => {
    const accountId = 'acct_waiting';
    const { endpoint } = await anEndpointOf(system, accountId);
    await system.service('event-router').kill();
    await publishEvent(system, { accountId });
    await publishEvent(system, { accountId, type: 'lead.created' });
    const list = await openAs(accountId, '/events');
    await rowOf(list, 'invoice.paid', 'Waiting').waitFor();
    await rowOf(list, 'lead.created', 'Waiting').waitFor();
    const href = await rowOf(list, 'invoice.paid').getByRole('link').getAttribute('href');
    const page = await openAs(accountId, href!.slice(pageRoot.length));
    await page.getByText('Waiting: it was received').waitFor();
    expect(await page.getByText('not kept any more').count()).toBe(0);
    await system.startService('event-router');
    await page.getByText('Sent to 1 endpoint.').waitFor();
    await verdictOn(page, endpoint.url).getByText('Sent: succeeded').waitFor();
    await rowOf(list, 'invoice.paid', 'Sent to 1 endpoint').waitFor();
    await rowOf(list, 'lead.created', 'Nobody listened').waitFor();
    expect(await rows(list).count()).toBe(2);
  });
});

describe('events whose service is away', () => {
  it('stay on the page, and go on by themselves when it is back', async () => {
    const accountId = 'acct_events_away';
    await publishEvent(system, { accountId, type: 'lead.created' });
    const page = await openAs(accountId, '/events');
    await rowOf(page, 'lead.created', 'Nobody listened').waitFor();
    const href = await rowOf(page, 'lead.created').getByRole('link').getAttribute('href');
    await system.service('log-query').kill();
    await page.getByText('Connection lost').waitFor();
    await rowOf(page, 'lead.created', 'Nobody listened').waitFor();
    const event = await openAs(accountId, href!.slice(pageRoot.length));
    await event.getByText('CE Pro can not be reached right now.').waitFor();
    await publishEvent(system, { accountId, type: 'job.created' });
    const back = page.getByText('Connected again').waitFor();
    await system.startService('log-query');
    await back;
    await rowOf(page, 'job.created', 'Nobody listened').waitFor();
    await event.getByText('Nobody listened: no endpoint was active').waitFor();
  });
});

describe('the question whether an event would be delivered', () => {
  it('is answered with the reason and the request, and sends nothing', async () => {
    const { endpoint, path } = await anEndpointOf(system, 'acct_explain');
    const page = await openAs('acct_explain', `/${endpoint.id}`);
    await page.getByRole('button', { name: 'Would it be delivered?' }).click();
    const dialog = page.getByRole('dialog', { name: 'Would it be delivered?' });
    const data = dialog.getByRole('textbox', { name: 'Data' });
    const explain = dialog.getByRole('button', { name: 'Explain' });
    // The catalogue's example of the first type that it is subscribed to.
    expect(await data.inputValue()).toContain('inv_');
    await data.fill('{"id": ');
    await explain.click();
    await dialog.getByText('This is not valid JSON').waitFor();
    await data.fill('{"id": "inv_explained", "total": 250.0}');
    await explain.click();
    await dialog.getByText('Yes, it would be delivered.').waitFor();
    await dialog.getByText(`POST ${endpoint.url}`).waitFor();
    await dialog.getByRole('region', { name: 'Request body' }).getByText('"total": 250.0').waitFor();
    await dialog.getByText('What only a real attempt has, such as its signatures').waitFor();
    expect(await dialog.innerText()).not.toMatch(/[0-9a-f]{64}/);

    await dialog.getByLabel('Event type').selectOption('lead.created');
    // What was typed stays.
    expect(await data.inputValue()).toBe('{"id": "inv_explained", "total": 250.0}');
    await explain.click();
    await dialog.getByText('No: this webhook is not subscribed to lead.created.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('switch', { name: 'Active' }).press('Space');
    await page.getByText('Disabled by you').waitFor();
    await page.getByRole('button', { name: 'Would it be delivered?' }).click();
    await explain.click();
    await dialog.getByText('No: this webhook was switched off by you since').waitFor();
    await routed(system);
    expect(path.requests).toEqual([]);
  });
});
