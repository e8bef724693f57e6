import { demoEvents } from './demo-account.ts';

/** What its receiver has to know of an endpoint. */
export interface DemoEndpoint {
  readonly id: string;
  readonly secret: string;
}

export interface DemoApi {
  /** Where the single origin is, without a slash at the end. */
  readonly origin: string;
  /** Of the demo account. */
  readonly token: string;
}

/**
 * The demo's endpoint: the known one while it is switched on and leads to this URL, or one that is made.
 * @throws Error with what the API answered when it makes none.
 */
export async function demoEndpoint(url: string, { origin, token }: DemoApi, known: DemoEndpoint | null): Promise<DemoEndpoint> {
  const authorization = `Bearer ${token}`;
  if (known) {
    const found = await fetch(`${origin}/v1/webhooks/${known.id}`, { headers: { authorization } });
    const { url: current, active, events } = (await found.json()) as { url?: string; active?: boolean; events?: string[] };
    if (found.ok && current === url && active && demoEvents.every((event) => events?.includes(event))) return known;
  }
  const created = await fetch(`${origin}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ url, events: demoEvents, description: 'Demo receiver on this machine' }),
  });
  if (created.status !== 201) throw new Error(`The demo's endpoint could not be created: ${created.status} ${await created.text()}`);
  const { id, secret } = (await created.json()) as DemoEndpoint;
  return { id, secret };
}

/**
 * Deletes the account's other endpoints that lead to this URL.
 * @throws Error with what the API answered when one stays.
 */
export async function removeOtherEndpoints(url: string, { origin, token }: DemoApi, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  let after = '';
  for (;;) {
    const page = await fetch(`${origin}/v1/webhooks?limit=100${after}`, { headers });
    if (!page.ok) throw new Error(`The account's endpoints could not be listed: ${page.status} ${await page.text()}`);
    const { data, nextCursor } = (await page.json()) as { data: { id: string; url: string }[]; nextCursor: string | null };
    for (const other of data.filter((each) => each.url === url && each.id !== id)) {
      const deleted = await fetch(`${origin}/v1/webhooks/${other.id}`, { method: 'DELETE', headers });
      if (!deleted.ok && deleted.status !== 404) throw new Error(`The endpoint ${other.id} could not be deleted: ${deleted.status} ${await deleted.text()}`);
    }
    if (nextCursor === null) return;
    after = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}
