import { describe, expect, it } from '@jest/globals';
import type { EndpointEvent, EventType } from '@cepro/contracts';
import { Subscriptions } from './subscriptions.ts';

const at = '2026-03-08T14:30:00.000Z';
const created = (events: EventType[], active = true): EndpointEvent => ({ type: 'created', at, url: 'https://a.example', events, active, description: null, sealedSecret: 's' });

/** Subscriptions that have taken these changes, in turn. */
function given(...changes: [accountId: string, endpointId: string, ...events: EndpointEvent[]][]): Subscriptions {
  const subscriptions = new Subscriptions();
  changes.forEach(([accountId, endpointId, ...events], index) => subscriptions.apply({ accountId, endpointId, version: index + 1, events }));
  return subscriptions;
}

describe('Subscriptions', () => {
  it('match active endpoints of the account by exact event type', () => {
    const subscriptions = given(
      ['a', 'one', created(['estimate.created', 'invoice.paid'])], ['a', 'two', created(['estimate_created'])],
      ['a', 'off', created(['invoice.paid'], false)], ['b', 'other', created(['invoice.paid'])],
    );
    expect(subscriptions.match('a', 'invoice.paid')).toEqual(['one']);
    expect(subscriptions.match('a', 'estimate.created')).toEqual(['one']);
    expect(subscriptions.match('a', 'estimate_created')).toEqual(['two']);
    expect(subscriptions.match('nobody', 'invoice.paid')).toEqual([]);
  });

  it('follow changes', () => {
    const subscriptions = given(
      ['a', 'one', created(['invoice.paid'])],
      ['a', 'one', { type: 'changed', at, events: ['lead.created'] }, { type: 'disabled', at, reason: 'user' }],
    );
    expect(subscriptions.match('a', 'lead.created')).toEqual([]);
    subscriptions.apply({ accountId: 'a', endpointId: 'one', version: 3, events: [{ type: 'enabled', at }] });
    expect(subscriptions.match('a', 'lead.created')).toEqual(['one']);
    expect(subscriptions.match('a', 'invoice.paid')).toEqual([]);
  });

  it('forget what was deleted, and pass over what comes after', () => {
    const subscriptions = given(['a', 'one', created(['invoice.paid'])], ['a', 'one', { type: 'deleted', at }], ['a', 'one', { type: 'enabled', at }]);
    expect(subscriptions.match('a', 'invoice.paid')).toEqual([]);
  });

  it('pass over event types that they do not know', () => {
    const subscriptions = given(['a', 'one', created(['invoice.paid', 'invoice.teleported' as EventType])]);
    expect(subscriptions.match('a', 'invoice.teleported' as EventType)).toEqual([]);
    expect(subscriptions.match('a', 'invoice.paid')).toEqual(['one']);
  });

  it('do not share what one endpoint changes with another that had the same events', () => {
    const subscriptions = given(
      ['a', 'one', created(['invoice.paid'])], ['a', 'two', created(['invoice.paid'])], ['a', 'one', { type: 'changed', at, events: ['lead.created'] }],
    );
    expect(subscriptions.match('a', 'invoice.paid')).toEqual(['two']);
  });
});
