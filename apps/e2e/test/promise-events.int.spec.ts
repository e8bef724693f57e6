import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, eventTypes, type EventType } from '@cepro/contracts';
import { publishEvent, routed, scheduledTo, System, type ApiClient } from '../src/index.ts';

/** From CE Pro's article for its users: these names, and these only, are what receivers see. */
const article: readonly (readonly [EventType, string, 'legacy'?])[] = [
  ['lead.created', 'A new lead is created.'],
  ['lead.status_changed', 'A lead changes status.'],
  ['estimate.created', 'A new estimate is created.'],
  ['estimate.accepted', 'A customer accepts an estimate.'],
  ['job.created', 'A job is created.'],
  ['job.completed', 'A scheduled job is marked complete.'],
  ['invoice.created', 'A new invoice is created.'],
  ['invoice.paid', 'An invoice is fully paid through the approved payment flow.'],
  ['proposal_created', 'A legacy internal proposal is generated.', 'legacy'],
  ['proposal_sent', 'A legacy internal proposal is delivered.', 'legacy'],
  ['proposal_accepted', 'A legacy internal proposal is accepted.', 'legacy'],
  ['proposal_declined', 'A legacy internal proposal is declined.', 'legacy'],
  ['estimate_created', 'A legacy estimate-created event for older integrations.', 'legacy'],
  ['job_completed', 'A legacy job-completed event for older integrations.', 'legacy'],
  ['bug_report_created', 'A bug report is submitted through the in-app reporting flow.', 'legacy'],
];
const names = article.map(([name]) => name);

let system: System;
beforeAll(async () => { system = await System.start(); });
afterAll(() => system?.stop());

const listener = (account: ApiClient, path: string, events: EventType[]) => account.anEndpoint({ url: system.receiver.at(path).url, events });
/** What arrived at a path: the event in the header, and the one in the body. */
const eventsAt = (path: string) => system.receiver.at(path).requests.map(({ headers, rawBody }) => (
  [headers['x-webhook-event'], (JSON.parse(rawBody.toString()) as { event: string }).event]
));

interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly legacy: boolean;
  readonly example: { readonly event: string };
  readonly schema: object;
}

describe('the 15 event types', () => {
  it('are in the catalogue, spelled and described as in the article', async () => {
    const account = await system.account('acct_catalogue');
    const { status, body } = await account.call<{ data: CatalogueEntry[] }>('GET', '/v1/event-types');
    expect(status).toBe(200);
    expect(body.data.map(({ name, description, legacy }) => [name, description, ...(legacy ? ['legacy'] : [])])).toEqual(article);
    for (const { name, example, schema } of body.data) {
      expect(example.event).toBe(name);
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
    }
  });

  describe('published once each', () => {
    const endpoints = new Map<string, string>();
    beforeAll(async () => {
      const account = await system.account('acct_types');
      const stranger = await system.account('acct_stranger');
      for (const name of names) endpoints.set(name, (await listener(account, `/only/${name}`, [name])).id);
      endpoints.set('all', (await listener(account, '/all', names)).id);
      endpoints.set('stranger', (await listener(stranger, '/stranger', names)).id);
      for (const name of names) await publishEvent(system, { accountId: 'acct_types', type: name, data: catalogue[name].example });
      await routed(system);
    });

    it.each(names)('%s reaches who listens for it, once and under this exact name', async (name) => {
      await system.receiver.at(`/only/${name}`).waitFor(1, 30_000);
      expect(await scheduledTo(system, endpoints.get(name)!)).toBe(1);
      expect(eventsAt(`/only/${name}`)).toEqual([[name, name]]);
    });

    it('all reach an endpoint that listens for all of them', async () => {
      await system.receiver.at('/all').waitFor(names.length, 30_000);
      expect(await scheduledTo(system, endpoints.get('all')!)).toBe(names.length);
      expect(eventsAt('/all').sort()).toEqual(names.map((name) => [name, name]).sort());
    });

    it('none reaches another account', async () => {
      expect(await scheduledTo(system, endpoints.get('stranger')!)).toBe(0);
      expect(system.receiver.at('/stranger').requests).toEqual([]);
    });
  });

  it.each([['estimate.created', 'estimate_created'], ['job.completed', 'job_completed']] as const)('%s and %s are events of their own, never aliases', async (newer, legacy) => {
    const accountId = `acct_alias_${legacy}`;
    const account = await system.account(accountId);
    const forNewer = await listener(account, `/${accountId}/newer`, [newer]);
    const forLegacy = await listener(account, `/${accountId}/legacy`, [legacy]);
    await publishEvent(system, { accountId, type: legacy });
    await routed(system);
    expect([await scheduledTo(system, forNewer.id), await scheduledTo(system, forLegacy.id)]).toEqual([0, 1]);
    await publishEvent(system, { accountId, type: newer });
    await routed(system);
    expect([await scheduledTo(system, forNewer.id), await scheduledTo(system, forLegacy.id)]).toEqual([1, 1]);
    await system.receiver.at(`/${accountId}/newer`).waitFor(1, 30_000);
    await system.receiver.at(`/${accountId}/legacy`).waitFor(1, 30_000);
    expect(eventsAt(`/${accountId}/newer`)).toEqual([[newer, newer]]);
    expect(eventsAt(`/${accountId}/legacy`)).toEqual([[legacy, legacy]]);
  });

  it('are all there are: a name that is nearly one reaches nobody and holds up nothing', async () => {
    const accountId = 'acct_nearly';
    const { id } = await listener(await system.account(accountId), '/nearly', eventTypes);
    for (const nearly of ['invoice_paid', 'Invoice.paid', 'invoice.paid.late', 'proposal.sent']) {
      await system.js.publish(`cepro.events.${accountId}.${nearly}`, JSON.stringify({ timestamp: new Date().toISOString(), data: {} }));
    }
    await publishEvent(system, { accountId });
    await routed(system);
    await system.receiver.at('/nearly').waitFor(1, 30_000);
    expect(await scheduledTo(system, id)).toBe(1);
  });
});

describe('one id gives one event', () => {
  it('published twice with a plain client, it is delivered once', async () => {
    const accountId = 'acct_twice';
    const { id } = await listener(await system.account(accountId), '/twice', ['invoice.paid']);
    const first = await publishEvent(system, { accountId, id: 'invoices:inv_7.paid' });
    expect(await publishEvent(system, { accountId, id: 'invoices:inv_7.paid' })).toEqual({ sequence: first.sequence, duplicate: true });
    await publishEvent(system, { accountId, id: 'invoices:inv_8.paid' });
    await routed(system);
    await system.receiver.at('/twice').waitFor(2, 30_000);
    expect(await scheduledTo(system, id)).toBe(2);
    expect(new Set(system.receiver.at('/twice').requests.map(({ headers }) => headers['x-webhook-id'])).size).toBe(2);
  });
});
