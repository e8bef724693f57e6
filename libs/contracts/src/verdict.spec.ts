import { describe, expect, it } from '@jest/globals';
import { absentEndpoint, evolveEndpoint, type Endpoint, type EndpointEvent } from './endpoint.ts';
import { newEndpointId } from './ids.ts';
import { judge, type Judgement } from './verdict.ts';

const noon = '2026-03-08T12:00:00.000Z';
const one = '2026-03-08T13:00:00.000Z';
const endpointId = newEndpointId();

const created = (active = true): EndpointEvent => ({
  type: 'created', at: noon, url: 'https://a.example', events: ['invoice.paid', 'lead.created'], active, description: null, sealedSecret: 's',
});
const disabled = (reason: 'user' | 'failing' | 'gone'): EndpointEvent => ({ type: 'disabled', at: one, reason });

function after(...events: EndpointEvent[]): Endpoint {
  const state = events.reduce((before, event, index) => evolveEndpoint(before, { accountId: 'acct_1', endpointId, version: index + 1, events: [event] }), absentEndpoint);
  if (state.status !== 'live') throw new Error('there is no endpoint');
  return state.endpoint;
}

describe('the verdict on an endpoint that', () => {
  it.each<[string, EndpointEvent[], Judgement]>([
    ['is on and wants it', [created()], { verdict: 'scheduled', since: null, disabledReason: null }],
    ['is on again and wants it', [created(), disabled('failing'), { type: 'enabled', at: one }], { verdict: 'scheduled', since: null, disabledReason: null }],
    ['does not want it', [created(), { type: 'changed', at: one, events: ['lead.created'] }], { verdict: 'not-subscribed', since: null, disabledReason: null }],
    ['is off since it was created', [created(false)], { verdict: 'inactive', since: noon, disabledReason: null }],
    ['was switched off by its admin', [created(), disabled('user')], { verdict: 'inactive', since: one, disabledReason: null }],
    ['was failing', [created(), disabled('failing')], { verdict: 'disabled-by-system', since: one, disabledReason: 'failing' }],
    ['was gone', [created(), disabled('gone')], { verdict: 'disabled-by-system', since: one, disabledReason: 'gone' }],
    ['was off, and would not want it if it were on', [created(), disabled('gone'), { type: 'changed', at: one, events: ['lead.created'] }], { verdict: 'not-subscribed', since: null, disabledReason: null }],
  ])('%s', (_, events, expected) => {
    expect(judge(after(...events), 'invoice.paid')).toEqual(expected);
  });

  it('wants that type, not one that is called almost the same', () => {
    expect(judge({ ...after(created()), events: ['estimate.created'] }, 'estimate_created').verdict).toBe('not-subscribed');
  });
});
