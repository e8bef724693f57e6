import { describe, expect, it } from '@jest/globals';
import { newEndpointId, type EndpointEvent, type EventType } from '@cepro/contracts';
import { evolvePast, explain, type EndpointPast, type PastVerdict } from './verdict.ts';

const endpointId = newEndpointId();
const url = 'https://a.example/hook';
const at = (hour: number) => `2026-03-08T${String(hour).padStart(2, '0')}:00:00.000Z`;

const created = (hour: number, active = true): EndpointEvent => ({
  type: 'created', at: at(hour), url, events: ['invoice.paid'], active, description: null, sealedSecret: 's',
});
const disabled = (hour: number, reason: 'user' | 'failing' | 'gone' = 'user'): EndpointEvent => ({ type: 'disabled', at: at(hour), reason });
const enabled = (hour: number): EndpointEvent => ({ type: 'enabled', at: at(hour) });
const changed = (hour: number, fields: { url?: string; events?: EventType[] }): EndpointEvent => ({ type: 'changed', at: at(hour), ...fields });
const deleted = (hour: number): EndpointEvent => ({ type: 'deleted', at: at(hour) });

/** Events at versions of their own, 10, 20, 30 and so on, up to where `routed` stands; those after it came later. */
const routed = 'routed';

function given(...history: (EndpointEvent | typeof routed)[]) {
  const configVersion = history.includes(routed) ? history.indexOf(routed) * 10 : history.length * 10;
  const past = history.filter((each) => each !== routed).reduce<EndpointPast | undefined>(
    (before, event, index) => evolvePast(before, { accountId: 'acct_1', endpointId, version: (index + 1) * 10, events: [event] }, configVersion), undefined,
  );
  return {
    when: (type: EventType, { delivered = false } = {}) => ({
      thenNothing: () => expect(explain(past!, type, delivered)).toBeUndefined(),
      then: (expected: Partial<PastVerdict>) => {
        expect(explain(past!, type, delivered)).toEqual({ endpointId, url, since: null, disabledReason: null, ...expected });
      },
    }),
  };
}

describe('an endpoint and an event', () => {
  it('that it wanted: scheduled', () => {
    given(created(1), routed).when('invoice.paid').then({ verdict: 'scheduled' });
    given(created(1), disabled(2), enabled(3), routed).when('invoice.paid').then({ verdict: 'scheduled' });
  });

  it('that it did not want: not subscribed', () => {
    given(created(1), routed).when('lead.created').then({ verdict: 'not-subscribed' });
    given(created(1), changed(2, { events: ['lead.created'] }), routed).when('invoice.paid').then({ verdict: 'not-subscribed' });
    given(created(1), disabled(2, 'gone'), routed).when('lead.created').then({ verdict: 'not-subscribed' });
  });

  it('when it was off: since when, and by whom', () => {
    given(created(1, false), routed).when('invoice.paid').then({ verdict: 'inactive', since: at(1) });
    given(created(1), disabled(2), routed).when('invoice.paid').then({ verdict: 'inactive', since: at(2) });
    given(created(1), disabled(2), enabled(3), disabled(4, 'failing'), routed).when('invoice.paid')
      .then({ verdict: 'disabled-by-system', since: at(4), disabledReason: 'failing' });
    given(created(1), disabled(2, 'gone'), routed).when('invoice.paid').then({ verdict: 'disabled-by-system', since: at(2), disabledReason: 'gone' });
  });

  it('goes by what was then, not by what came after', () => {
    const elsewhere = changed(6, { url: 'https://b.example', events: ['lead.created'] });
    given(created(1), routed, disabled(5), elsewhere).when('invoice.paid').then({ verdict: 'scheduled' });
    given(created(1), routed, elsewhere).when('lead.created').then({ verdict: 'not-subscribed' });
    given(created(1), disabled(2), routed, enabled(5)).when('invoice.paid').then({ verdict: 'inactive', since: at(2) });
    given(created(1), changed(2, { url: 'https://b.example' }), routed, changed(3, { url: 'https://c.example' })).when('invoice.paid')
      .then({ verdict: 'scheduled', url: 'https://b.example' });
  });

  it('from before it was created: created later, with the URL that it has', () => {
    given(routed, created(3)).when('invoice.paid').then({ verdict: 'created-later', since: at(3) });
    given(routed, created(3), changed(4, { url: 'https://b.example' })).when('lead.created')
      .then({ verdict: 'created-later', since: at(3), url: 'https://b.example' });
  });

  it('and deleted since: deleted, and nothing else', () => {
    const expected = { verdict: 'deleted', url: null } as const;
    given(created(1), routed, deleted(3)).when('invoice.paid').then({ ...expected, since: at(3) });
    given(routed, created(3), deleted(4)).when('invoice.paid').then({ ...expected, since: at(4) });
    // The log may not have erased it yet: the answer is the same as afterwards.
    given(created(1), routed, deleted(3)).when('invoice.paid', { delivered: true }).then({ ...expected, since: at(3) });
    given(routed, deleted(3)).when('invoice.paid').then({ ...expected, since: at(3) });
  });

  it('that was deleted already: no verdict, unless the log has the delivery of a router that had not heard of it', () => {
    given(created(1), deleted(2), routed).when('invoice.paid').thenNothing();
    given(deleted(2), routed).when('invoice.paid').thenNothing();
    given(created(1), deleted(2), routed).when('invoice.paid', { delivered: true }).then({ verdict: 'deleted', url: null, since: at(2) });
  });

  it('with a delivery in the log: scheduled, whatever the version says that the last router had read', () => {
    given(created(1), disabled(2), routed).when('invoice.paid', { delivered: true }).then({ verdict: 'scheduled' });
    given(created(1), changed(2, { events: ['lead.created'] }), routed).when('invoice.paid', { delivered: true }).then({ verdict: 'scheduled' });
    given(routed, created(3)).when('invoice.paid', { delivered: true }).then({ verdict: 'scheduled' });
  });

  it('that never was: no verdict', () => {
    const past = evolvePast(undefined, { accountId: 'acct_1', endpointId, version: 1, events: [enabled(1)] }, 5);
    expect(explain(past, 'invoice.paid', false)).toBeUndefined();
  });

  it('is changed by all events of one version or by none', () => {
    const change = { accountId: 'acct_1', endpointId, version: 10, events: [created(1), disabled(2)] };
    expect(explain(evolvePast(undefined, change, 10), 'invoice.paid', false)).toMatchObject({ verdict: 'inactive', since: at(2) });
    expect(explain(evolvePast(undefined, change, 9), 'invoice.paid', false)).toMatchObject({ verdict: 'created-later' });
  });
});
