import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentSecurityPolicy, workspaceRoot, type Origin } from '@cepro/testkit';
import { gallery, galleryEnv, pageRoot, startBrowser, System, type Browser, type View } from '../src/index.ts';

/** For what goes through every view, on a machine that is busy. */
const allViewsMs = 1_800_000;

let system: System;
let browser: Browser;
let origin: Origin;
let views: View[];

beforeAll(async () => {
  system = await System.start({ env: galleryEnv });
  browser = await startBrowser();
  views = await gallery(system);
  origin = await system.origin('acct_everywhere');
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe('every view of the page', () => {
  it.each(['light', 'dark'] as const)('has nothing that axe finds in %s, and keeps to its Content-Security-Policy', async (colorScheme) => {
    const found: Record<string, unknown> = {};
    for (const { name, origin: own, path: where, show } of views) {
      const { page, errors, axe, close } = await browser.open(own, where, { colorScheme, reducedMotion: 'reduce' });
      await show(page);
      const violations = await axe();
      if (violations.length + errors.length > 0) found[name] = { violations, errors };
      await close();
    }
    expect(found).toEqual({});
  }, allViewsMs);

  it('fits a phone, without scrolling sideways', async () => {
    const tooWide: string[] = [];
    for (const { name, origin: own, path: where, show } of views) {
      const { page, close } = await browser.open(own, where, { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' });
      await show(page);
      if (await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')) tooWide.push(name);
      await close();
    }
    expect(tooWide).toEqual([]);
  }, allViewsMs);
});

describe('the page', () => {
  it('is one bundle of less than 250 KB gzipped, style and all', async () => {
    const dist = path.join(workspaceRoot, 'apps', 'console', 'dist');
    const sizes = await Promise.all(['console.js', 'console.css'].map(async (file) => gzipSync(await readFile(path.join(dist, file)), { level: 9 }).length));
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(250 * 1024);
  });

  it('is served with a strict policy, and the image serves it with the same', async () => {
    const answer = await fetch(`${origin.url}${pageRoot}/new`);
    expect(answer.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(contentSecurityPolicy).not.toContain('unsafe');
    expect(await readFile(path.join(workspaceRoot, 'apps', 'console', 'nginx.conf'), 'utf8')).toContain(`"${contentSecurityPolicy}"`);
  });

  it('is found from the root, and gets its token by a call: no address ever holds it', async () => {
    const { page, close } = await browser.open(origin, '/new');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(origin.url);
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    const authorization = page.waitForRequest((request) => request.url().includes('/v1/'));
    await page.getByRole('link', { name: 'Add Webhook' }).click();
    const token = (await (await authorization).allHeaders())['authorization']?.replace('Bearer ', '') ?? '';
    expect(token.split('.')).toHaveLength(3);
    expect([...addresses, page.url()].filter((address) => address.includes(token))).toEqual([]);
    expect(await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).not.toContain(token);
    await close();
  });

  it('is embedded by one call: at another path, in the host\'s colours, and taken away again', async () => {
    const { page, errors, close } = await browser.open(origin);
    await page.evaluate(`(async () => {
      const { mount } = await import('/webhooks-console/console.js');
      document.body.innerHTML = '<div id="host"></div>';
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(':root { --webhooks-primary: rgb(95, 61, 196); --webhooks-line: rgb(1, 2, 3); --webhooks-good: rgb(4, 5, 6); }');
      document.adoptedStyleSheets = [sheet];
      history.replaceState(null, '', '/our/hooks');
      const getToken = async () => (await fetch('/local/token', { method: 'POST' })).text();
      window.mounted = mount(document.getElementById('host'), { basePath: '/our/hooks', colorScheme: 'dark', getToken });
    })()`);
    const add = page.locator('#host').getByRole('link', { name: 'Add Webhook' });
    await add.waitFor();
    expect(await page.evaluate(`getComputedStyle(document.querySelector('#host a[href$="/new"]')).backgroundColor`)).toBe('rgb(95, 61, 196)');
    const tokens = `['line', 'good'].map((name) => getComputedStyle(document.querySelector('#host .webhooks')).getPropertyValue('--webhooks-' + name))`;
    expect(await page.evaluate(tokens)).toEqual(['rgb(1, 2, 3)', 'rgb(4, 5, 6)']);
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark');
    await add.click();
    await page.getByText('Leads: select all').waitFor();
    expect(new URL(page.url()).pathname).toBe('/our/hooks/new');
    await page.evaluate('window.mounted.unmount()');
    expect(await page.locator('#host').innerHTML()).toBe('');
    expect(errors).toEqual([]);
    await close();
  });

  it('gives its token to nobody who comes by another name', async () => {
    const { port } = new URL(origin.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/local/token', method: 'POST', headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode)).on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  it('asks for a new token when the one it has is not taken any more', async () => {
    const { page, close } = await browser.open(origin);
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    let refused = 0;
    await page.route('**/v1/webhooks?*', async (route) => (refused++ === 0 ? route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"title":"expired","code":"unauthenticated"}' }) : route.continue()));
    const asked = page.waitForRequest('**/local/token');
    await asked;
    await page.getByText('A webhook is an HTTP POST request').waitFor();
    await close();
  });

  it('works by keyboard alone', async () => {
    const { page, close } = await browser.open(origin, '/new');
    await page.getByText('Leads: select all').waitFor();
    const seen: string[] = [];
    for (let step = 0; step < 60 && !seen.at(-1)?.includes('link "Cancel"'); step++) {
      await page.keyboard.press('Tab');
      seen.push(await page.locator(':focus').ariaSnapshot());
    }
    const wanted = [
      'link "Webhooks"', 'textbox "URL', 'textbox "Description', 'checkbox "Leads: select all"', 'checkbox "lead.created', 'button "Example of lead.created"',
      'Legacy events, for older integrations', 'switch "Active', 'button "Save"', 'link "Cancel"',
    ];
    expect({ seen, missing: wanted.filter((name) => !seen.some((each) => each.includes(name))) }).toEqual({ seen, missing: [] });
    await close();
  });

  it('tells exact times in the viewer\'s zone', async () => {
    const list = views.find(({ name }) => name === 'list')!;
    const zones = ['Asia/Kolkata', 'America/New_York'];
    const shown = await Promise.all(zones.map(async (timezoneId) => {
      const { page, close } = await browser.open(list.origin, '', { timezoneId, locale: 'en-GB' });
      const time = page.locator('time').first();
      const titles = await time.getAttribute('title');
      await close();
      return titles;
    }));
    expect(shown[0]).toMatch(/\d\d:\d\d:\d\d\.\d{3} (GMT\+5:30|IST)$/);
    expect(shown[1]).toMatch(/\d\d:\d\d:\d\d\.\d{3} (GMT-[45]|E[SD]T)$/);
  });

  it.each(['list', 'log', 'events'])('tells them where the pointer rests on one in the %s, though the whole row is a link', async (name) => {
    const view = views.find((each) => each.name === name)!;
    const { page, close } = await browser.open(view.origin, view.path);
    await view.show(page);
    const underPointer = await page.evaluate<string[]>(`[...document.querySelectorAll('[role=row] time')].slice(0, 3).map((time) => {
      const { x, y, width, height } = time.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2).tagName;
    })`);
    expect(underPointer).toEqual(['TIME', 'TIME', 'TIME']);
    await close();
  });
});
