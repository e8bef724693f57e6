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
