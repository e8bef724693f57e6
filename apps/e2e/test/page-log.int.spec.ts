import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { anEndpointOf, publishEvent, startBrowser, System, type Browser, type OwnEndpoint, type Tab } from '../src/index.ts';

const accountId = 'acct_busy';
const rows = 100_000;
const secondsApart = 1;

let system: System;
let browser: Browser;
let own: OwnEndpoint;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  system = await System.start();
  browser = await startBrowser();
  own = await anEndpointOf(system, accountId);
  await publishEvent(system, { accountId });
  await own.account.logged(own.endpoint.id, 1);
  await fill();
  tab = await browser.open(await system.origin(accountId), `/${own.endpoint.id}`);
  page = tab.page;
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

/** Gives the endpoint a past: what it would take hours to deliver goes into the log's tables at once. */
async function fill(): Promise<void> {
  const client = new pg.Client({ connectionString: system.database.url });
  await client.connect();
  const { rows: [known] } = await client.query<{ delivery_id: string; created_at: Date }>('SELECT delivery_id, created_at FROM log.deliveries WHERE endpoint_id = $1', [own.endpoint.id]);
  const begin = known!.delivery_id.slice(0, -12);
  const past = [own.endpoint.id, accountId, known!.created_at, begin, rows, secondsApart];
  await client.query(
    `INSERT INTO log.attempts SELECT $4 || lpad(to_hex(n), 12, '0'), 1, $3::timestamptz, $2, $1, CASE n % 4 WHEN 0 THEN 'job.completed' ELSE 'lead.created' END,
       $3::timestamptz - n * $6 * interval '1 second', n % 500, CASE n % 100 WHEN 0 THEN 'Failed' ELSE 'Success' END, CASE n % 100 WHEN 0 THEN 500 ELSE 200 END,
       NULL, 'https://hooks.example.com/', '{}', '', false, NULL, false FROM generate_series(1, $5::int) AS n`, past);
  await client.query('ANALYZE log.attempts');
  await client.end();
}

const list = () => page.getByRole('rowgroup', { name: 'Attempts, newest first' });
/** Runs a function of the list's element in the page. */
const inList = async <T>(code: string): Promise<T> => await page.evaluate<T>(`(${code})(document.querySelector('[aria-label="Attempts, newest first"]'))`);
const rowsInPage = () => list().getByRole('row').count();
const scroll = (to: string) => inList<void>(`(element) => { element.scrollTop = ${to}; }`);
const scrolled = () => inList<number>('(element) => element.scrollTop');

describe(`a log of ${rows.toLocaleString('en')} attempts`, () => {
  it('loads as it is scrolled, and has only what is seen in the page', async () => {
    await list().getByRole('row').first().waitFor();
    const length = () => inList<number>('(element) => element.scrollHeight');
    for (let page = 1; page <= 15; page++) {
      const before = await length();
      await scroll('element.scrollHeight');
      await eventually(async () => expect(await length()).toBeGreaterThan(before));
    }
    expect(await length()).toBeGreaterThan(1_500 * 40);
    expect(await rowsInPage()).toBeLessThan(60);
  });

  it('stays where it is while new attempts come in, and has them at its top', async () => {
    await scroll('20_000');
    const seen = () => inList<string>('(element) => { const { top } = element.getBoundingClientRect(); const row = [...element.querySelectorAll("[role=row]")].find((each) => each.getBoundingClientRect().bottom > top + 1); return `${row.querySelector("time").dateTime} ${Math.round(row.getBoundingClientRect().top - top)}`; }');
    // The rows of the new place are there.
    await eventually(async () => expect(Math.abs(Number((await seen()).split(' ')[1]))).toBeLessThan(48));
    const [before, place] = [await seen(), await scrolled()];
    for (let n = 0; n < 3; n++) await publishEvent(system, { accountId, type: 'invoice.paid', data: { id: `new_${n}` } });
    await eventually(async () => expect(await scrolled()).toBeGreaterThan(place));
    await own.account.logged(own.endpoint.id, 4);
    await eventually(async () => expect(await scrolled() - place).toBe(3 * 48));
    expect(await seen()).toBe(before);
    await scroll('0');
    await eventually(async () => expect(await list().getByRole('row').filter({ hasText: 'invoice.paid' }).count()).toBe(4));
  });

  it('is filtered by outcome, event and time, as deep as one likes', async () => {
    const total = (text: string) => list().getByRole('row').filter({ hasText: text });
    await page.getByLabel('Outcome').selectOption('Failed');
    await total('Failed').first().waitFor();
    expect(await total('Success').count()).toBe(0);
    await page.getByLabel('Event').selectOption('lead.created');
    await page.getByText('No attempt matches these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    const deep = await inList<string>(`() => { const time = new Date(Date.now() - ${rows * secondsApart * 900}); return new Date(time - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16); }`);
    await page.getByLabel('To', { exact: true }).fill(deep);
    await eventually(async () => {
      const first = await list().locator('time').first().getAttribute('datetime');
      expect(Date.now() - Date.parse(first!)).toBeGreaterThan(rows * secondsApart * 900 - 60_000);
    });
    expect(tab.errors).toEqual([]);
  });
});
