import { describe, expect, it } from '@jest/globals';
import {
  absentEndpoint, decodeEndpointEvents, encodeEndpointEvents, evolveEndpoint, knownEvents, type EndpointChange, type EndpointEvent, type EndpointState,
} from './endpoint.ts';
import type { EventType } from './catalogue.ts';

const accountId = 'acct_42';
const endpointId = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const minute = (n: number) => `2026-03-08T14:${String(n).padStart(2, '0')}:00.000Z`;

const created: EndpointEvent = {
  type: 'created', at: minute(0), url: 'https://hooks.example.com/ce', events: ['invoice.paid', 'job.completed'], active: true, description: null, sealedSecret: 'sealed-1',
};
const disabled = (n: number, reason: 'user' | 'failing' | 'gone' = 'user'): EndpointEvent => ({ type: 'disabled', at: minute(n), reason });
const enabled = (n: number): EndpointEvent => ({ type: 'enabled', at: minute(n) });
const deleted: EndpointEvent = { type: 'deleted', at: minute(9) };

/** Each argument is one change: an event, or several that one command made. The versions are 10, 20, 30, … */
function given(...changes: (EndpointEvent | EndpointEvent[])[]) {
  const state = changes.reduce<EndpointState>((before, change, index) => {
    const message: EndpointChange = { accountId, endpointId, version: (index + 1) * 10, events: [change].flat() };
    return evolveEndpoint(before, message);
  }, absentEndpoint);
  return {
    state,
    thenLive: (fields: object) => expect(state).toMatchObject({ status: 'live', endpoint: fields }),
    then: (expected: EndpointState) => expect(state).toEqual(expected),
  };
}

describe('an endpoint', () => {
  it('is absent at first', () => given().then({ status: 'absent' }));

  it('is what it was created as', () => {
    given(created).then({
      status: 'live',
      endpoint: {
        id: endpointId, accountId, url: 'https://hooks.example.com/ce', events: ['invoice.paid', 'job.completed'], active: true, description: null, rateLimit: null, sealedSecret: 'sealed-1',
        createdAt: minute(0), updatedAt: minute(0), disabledReason: null, disabledAt: null, lastDisabledVersion: 0, version: 10,
      },
    });
  });

  it('that is created switched off was switched off by its admin', () => {
    given({ ...created, active: false }).thenLive({ active: false, disabledReason: 'user', disabledAt: minute(0), lastDisabledVersion: 10 });
  });

  it('changes in the fields that are named, and in no others', () => {
    given(created, { type: 'changed', at: minute(1), url: 'https://other.example.com/' })
      .thenLive({ url: 'https://other.example.com/', events: ['invoice.paid', 'job.completed'], description: null, createdAt: minute(0), updatedAt: minute(1), version: 20 });
    given(created, { type: 'changed', at: minute(1), events: ['lead.created'] }).thenLive({ url: 'https://hooks.example.com/ce', events: ['lead.created'] });
    given(created, { type: 'changed', at: minute(1), description: 'CRM' }).thenLive({ description: 'CRM' });
    given({ ...created, rateLimit: 5 }, { type: 'changed', at: minute(1), description: 'CRM' }).thenLive({ rateLimit: 5 });
    given({ ...created, rateLimit: 5 }, { type: 'changed', at: minute(1), rateLimit: null }).thenLive({ rateLimit: null });
    given(created, { type: 'changed', at: minute(1), description: 'CRM' }, { type: 'changed', at: minute(2), description: null }).thenLive({ description: null });
  });

  it.each(['user', 'failing', 'gone'] as const)('that is switched off says why: %s', (reason) => {
    given(created, disabled(1, reason)).thenLive({ active: false, disabledReason: reason, disabledAt: minute(1), lastDisabledVersion: 20, version: 20 });
  });

  it('that is on again still knows with which version it was off, so that what was scheduled before stays cancelled', () => {
    given(created, disabled(1, 'failing'), enabled(2)).thenLive({ active: true, disabledReason: null, disabledAt: null, lastDisabledVersion: 20, version: 30 });
    given(created, disabled(1), enabled(2), { type: 'changed', at: minute(3), url: 'https://c.example.com/' }, { type: 'secret_sealed', at: minute(4), sealedSecret: 's' })
      .thenLive({ lastDisabledVersion: 20, version: 50 });
  });

  it('remembers the last time it was off', () => {
    given(created, disabled(1), enabled(2), disabled(3), enabled(4)).thenLive({ lastDisabledVersion: 40 });
  });

  it('that is off and on in one change was off all the same', () => {
    given(created, [disabled(1), enabled(1)]).thenLive({ active: true, lastDisabledVersion: 20 });
  });

  it('takes all of a change under one version', () => {
    given(created, [{ type: 'changed', at: minute(1), url: 'https://b.example.com/' }, disabled(1)])
      .thenLive({ url: 'https://b.example.com/', active: false, version: 20, lastDisabledVersion: 20 });
  });

  it('whose secret is sealed anew was not updated, as far as anybody sees', () => {
    given(created, { type: 'secret_sealed', at: minute(5), sealedSecret: 'sealed-2' }).thenLive({ sealedSecret: 'sealed-2', updatedAt: minute(0), version: 20 });
  });

  it('leaves nothing but its id when it is deleted', () => {
    given(created, deleted).then({ status: 'deleted', id: endpointId, accountId, version: 20, deletedAt: minute(9) });
  });

  it('whose history is gone but for its deletion is deleted', () => {
    given(deleted).then({ status: 'deleted', id: endpointId, accountId, version: 10, deletedAt: minute(9) });
  });

  it.each<[string, EndpointEvent]>([
    ['created', { ...created, at: minute(10) }], ['changed', { type: 'changed', at: minute(10), url: 'https://late.example.com/' }], ['enabled', enabled(10)],
    ['disabled', disabled(10)], ['secret_sealed', { type: 'secret_sealed', at: minute(10), sealedSecret: 'late' }],
  ])('that is deleted stays so, whatever comes: %s', (_, late) => {
    given(created, deleted, late).then({ status: 'deleted', id: endpointId, accountId, version: 20, deletedAt: minute(9) });
    given(created, [deleted, late]).then({ status: 'deleted', id: endpointId, accountId, version: 20, deletedAt: minute(9) });
  });

  it.each<[string, EndpointEvent]>([
    ['changed', { type: 'changed', at: minute(1), url: 'https://b.example.com/' }], ['enabled', enabled(1)], ['disabled', disabled(1)],
    ['secret_sealed', { type: 'secret_sealed', at: minute(1), sealedSecret: 's' }],
  ])('that is absent does not come to be by %s', (_, event) => given(event).then(absentEndpoint));

  it('is not created twice', () => {
    given(created, disabled(1), { ...created, url: 'https://b.example.com/' }).thenLive({ url: 'https://hooks.example.com/ce', active: false, version: 20 });
  });

  it('is not changed in place', () => {
    const before = given(created).state;
    const copy = structuredClone(before);
    evolveEndpoint(before, { accountId, endpointId, version: 20, events: [disabled(1), { type: 'changed', at: minute(1), events: ['lead.created'] }] });
    expect(before).toEqual(copy);
  });
});

describe('an event type', () => {
  it('that this process does not know is shown to nobody', () => {
    expect(knownEvents(['invoice.paid', 'invoice.refunded'] as EventType[])).toEqual(['invoice.paid']);
    expect(knownEvents(['job_completed', 'lead.created', 'lead.created'])).toEqual(['lead.created', 'job_completed']);
  });
});

describe('a configuration message', () => {
  const decode = (value: unknown) => decodeEndpointEvents(new TextEncoder().encode(JSON.stringify(value)));

  it('is read as it was written', () => {
    const events: EndpointEvent[] = [
      created, { type: 'changed', at: minute(1), description: null }, enabled(2), disabled(3, 'gone'), { type: 'secret_sealed', at: minute(4), sealedSecret: 's' }, deleted,
    ];
    expect(decodeEndpointEvents(new TextEncoder().encode(encodeEndpointEvents(events)))).toEqual({ ok: true, value: events });
  });

  it('of a newer process keeps event types that are not known here', () => {
    expect(decode([{ ...created, events: ['invoice.paid', 'invoice.refunded'] }])).toEqual({ ok: true, value: [{ ...created, events: ['invoice.paid', 'invoice.refunded'] }] });
    expect(decode([{ type: 'changed', at: minute(1), events: ['invoice.refunded'] }])).toMatchObject({ ok: true, value: [{ events: ['invoice.refunded'] }] });
  });

  it('of a newer process may have more fields', () => {
    expect(decode([{ ...enabled(1), by: 'jane' }])).toEqual({ ok: true, value: [enabled(1)] });
  });

  it.each([
    [[]], [{}], [null], ['created'], [[null]], [[{ type: 'paused', at: minute(1) }]], [[created, { type: 'paused', at: minute(1) }]], [[{ ...created, url: 7 }]],
    [[{ ...created, active: 'yes' }]], [[{ ...created, sealedSecret: undefined }]], [[{ type: 'disabled', at: minute(1), reason: 'mood' }]], [[{ type: 'enabled' }]],
    [[{ type: 'enabled', at: 'yesterday' }]], [[{ ...created, events: [7] }]],
  ])('is refused with a reason: %j', (value) => {
    expect(decode(value)).toEqual({ ok: false, reason: expect.stringMatching(/./) });
  });
});
