import { describe, expect, it } from '@jest/globals';
import { DomainError, absentEndpoint, evolveEndpoint, type EndpointEvent, type EndpointState } from '@cepro/contracts';
import { decide, type EndpointCommand } from './endpoint-decider.ts';

const accountId = 'acct_42';
const endpointId = 'wh_019ab3c4-0000-7000-8000-000000000001';
const at = '2026-11-24T10:00:00.000Z';
const later = '2026-11-24T11:00:00.000Z';

const created: EndpointEvent = {
  type: 'created', at, url: 'https://hooks.example.com/ce', events: ['lead.created', 'invoice.paid'], active: true, description: 'CRM', sealedSecret: 'v1.k1.abc',
};
const createdOff: EndpointEvent = { ...created, active: false };
const disabledByUser: EndpointEvent = { type: 'disabled', at, reason: 'user' };
const disabledForFailing: EndpointEvent = { type: 'disabled', at, reason: 'failing' };
const deleted: EndpointEvent = { type: 'deleted', at };

function given(...past: EndpointEvent[]) {
  const state = past.reduce<EndpointState>((before, event, index) => evolveEndpoint(before, { accountId, endpointId, version: index + 1, events: [event] }), absentEndpoint);
  return {
    when: (command: EndpointCommand) => ({
      then: (...events: EndpointEvent[]) => expect(decide(command, state)).toEqual(events),
      thenNothing: () => expect(decide(command, state)).toEqual([]),
      thenRefused: (code: string) => {
        let thrown: unknown;
        try {
          decide(command, state);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(DomainError);
        expect(thrown).toMatchObject({ code });
      },
    }),
  };
}

const change = (fields: Omit<EndpointCommand & { type: 'change' }, 'type' | 'at'>): EndpointCommand => ({ type: 'change', at: later, ...fields });
const remove: EndpointCommand = { type: 'delete', at: later };
const reseal = (sealedSecret: string): EndpointCommand => ({ type: 'reseal', at: later, sealedSecret });
const create: EndpointCommand = {
  type: 'create', at, url: 'https://hooks.example.com/ce', events: ['invoice.paid', 'lead.created'], active: true, description: 'CRM', rateLimit: null, sealedSecret: 'v1.k1.abc',
};

describe('creating an endpoint', () => {
  it('records what was asked for, its events in the catalogue\'s order', () => given().when(create).then(created));
  it('may begin switched off', () => given().when({ ...create, active: false }).then(createdOff));
  it('records a rate limit', () => given().when({ ...create, rateLimit: 5 }).then({ ...created, rateLimit: 5 }));
  it('is refused for an id in use', () => given(created).when(create).thenRefused('endpoint-conflict'));
  it('is refused for the id of a deleted one', () => given(created, deleted).when(create).thenRefused('endpoint-conflict'));
});

describe('changing an endpoint', () => {
  it('does nothing for no field', () => given(created).when(change({})).thenNothing());
  it('does nothing for the fields as they are', () => {
    given(created).when(change({ url: created.url, events: created.events, active: true, description: 'CRM' })).thenNothing();
  });
  it('takes events in another order for the same events', () => given(created).when(change({ events: ['invoice.paid', 'lead.created'] })).thenNothing());
  it('records only what really changed', () => {
    given(created).when(change({ url: 'https://new.example.com/', events: created.events, description: 'CRM' }))
      .then({ type: 'changed', at: later, url: 'https://new.example.com/' });
  });
  it('records new events in the catalogue\'s order', () => {
    given(created).when(change({ events: ['bug_report_created', 'lead.created'] }))
      .then({ type: 'changed', at: later, events: ['lead.created', 'bug_report_created'] });
  });
  it('takes the description away', () => given(created).when(change({ description: null })).then({ type: 'changed', at: later, description: null }));
  it('sets a rate limit, and takes it away', () => {
    given(created).when(change({ rateLimit: 5 })).then({ type: 'changed', at: later, rateLimit: 5 });
    given({ ...created, rateLimit: 5 }).when(change({ rateLimit: 5 })).thenNothing();
    given({ ...created, rateLimit: 5 }).when(change({ rateLimit: null })).then({ type: 'changed', at: later, rateLimit: null });
    given(created).when(change({ rateLimit: null })).thenNothing();
  });
  it('switches it off', () => given(created).when(change({ active: false })).then({ type: 'disabled', at: later, reason: 'user' }));
  it('switches it on', () => given(created, disabledByUser).when(change({ active: true })).then({ type: 'enabled', at: later }));
  it('switches on one that was off from the beginning', () => given(createdOff).when(change({ active: true })).then({ type: 'enabled', at: later }));
  it('switches on one that was switched off for failing', () => given(created, disabledForFailing).when(change({ active: true })).then({ type: 'enabled', at: later }));
  it('keeps the reason of one that is off already', () => given(created, disabledForFailing).when(change({ active: false })).thenNothing());
  it('changes and switches in one go', () => {
    given(created, disabledByUser).when(change({ url: 'https://new.example.com/', active: true }))
      .then({ type: 'changed', at: later, url: 'https://new.example.com/' }, { type: 'enabled', at: later });
  });
  it('is refused for one that is absent', () => given().when(change({})).thenRefused('endpoint-not-found'));
  it('is refused for one that is deleted', () => given(created, deleted).when(change({ active: false })).thenRefused('endpoint-not-found'));
});

describe('deleting an endpoint', () => {
  it('records it', () => given(created).when(remove).then({ type: 'deleted', at: later }));
  it('is refused for one that is absent', () => given().when(remove).thenRefused('endpoint-not-found'));
  it('is refused the second time', () => given(created, deleted).when(remove).thenRefused('endpoint-not-found'));
});

describe('sealing the secret again', () => {
  it('records the new text', () => given(created).when(reseal('v1.k2.def')).then({ type: 'secret_sealed', at: later, sealedSecret: 'v1.k2.def' }));
  it('does nothing for the same text', () => given(created).when(reseal('v1.k1.abc')).thenNothing());
  it('is refused for one that is deleted', () => given(created, deleted).when(reseal('v1.k2.def')).thenRefused('endpoint-not-found'));
});

describe('switching an endpoint off for failing', () => {
  const disable = (version: number): EndpointCommand => ({ type: 'disable', at: later, reason: 'failing', version });
  it('records the reason', () => given(created).when(disable(1)).then({ type: 'disabled', at: later, reason: 'failing' }));
  it('does nothing to one that is off', () => given(created, disabledByUser).when(disable(2)).thenNothing());
  it('does nothing to one that changed meanwhile', () => given(created, { type: 'changed', at, description: null }).when(disable(1)).thenNothing());
  it('does nothing twice', () => given(created, disabledForFailing).when(disable(1)).thenNothing());
});
