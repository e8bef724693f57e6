import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromiumBinary, type Origin } from '@cepro/testkit';
import { chromium, type Browser as Chromium, type BrowserContextOptions, type Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What moves for ever, such as a loader, is not waited for.
const settled = `Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime)).map(({ finished }) => finished)).then(() => undefined)`;

/** As long as `eventually` tries: only a failure takes so long. */
const timeoutMs = 120_000;

/** What axe found: the rule, what it says, and where. */
export interface Violation {
  readonly id: string;
  readonly help: string;
  readonly where: readonly string[];
}

/** A page of the console, and what went wrong in it. */
export interface Tab {
  readonly page: Page;
  /** Errors of scripts, and what the browser wrote to its console as an error, such as a breach of the Content-Security-Policy. */
  readonly errors: readonly string[];
  /** What axe finds on the page once nothing moves any more: a dialog that fades in has no contrast yet. */
  axe(): Promise<Violation[]>;
  close(): Promise<void>;
}

export interface Browser {
  /** Opens a path of the page, seen as `options` say; by default 1280 × 900, light. */
  open(origin: Origin, path?: string, options?: BrowserContextOptions): Promise<Tab>;
  close(): Promise<void>;
}

/** Where the page is in an origin. */
export const pageRoot = '/settings/integrations/webhooks';

/** Starts Chromium without a window, and installs it first where there is none. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: await chromiumBinary(),
    timeout: timeoutMs,
    // Chromium's sandbox does not start as root, nor in most containers; what it opens here is our own.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return {
    open: (origin, path = '', options = {}) => openTab(browser, `${origin.url}${pageRoot}${path}`, options),
    close: () => browser.close(),
  };
}

async function openTab(browser: Chromium, url: string, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'], ...options });
  context.setDefaultTimeout(timeoutMs);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  // An answer of 400 and more is the test's business.
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text()); });
  await page.goto(url);
  return {
    page,
    errors,
    async axe() {
      await page.evaluate(settled);
      await page.evaluate(axeSource);
      return await page.evaluate<Violation[]>(`axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) })))`);
    },
    close: () => context.close(),
  };
}
