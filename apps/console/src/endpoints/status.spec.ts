import { describe, expect, it } from '@jest/globals';
import type { Endpoint } from '../api/client.ts';
import { lastDeliveryOf, statusOf } from './status.ts';

const [earlier, later] = ['2026-11-24T10:00:00.000Z', '2026-11-24T11:00:00.000Z'];

function anEndpoint(fields: Partial<Endpoint> = {}, health: Partial<Endpoint['health']> = {}): Endpoint {
  return {
    id: 'wh_1', url: 'https://hooks.example.com/', events: ['invoice.paid'], active: true, description: null, rateLimit: null, createdAt: earlier, updatedAt: earlier,
    disabledReason: null, disabledAt: null, ...fields, health: { state: 'unused', lastSuccessAt: null, lastFailureAt: null, failingSince: null, ...health },
  };
}

describe('the status of an endpoint', () => {
  it.each<[string, Endpoint, ReturnType<typeof statusOf>]>([
    ['never used', anEndpoint(), { tone: 'idle', text: 'Never used', since: null }],
    ['healthy', anEndpoint({}, { state: 'healthy', lastSuccessAt: later }), { tone: 'good', text: 'Healthy', since: null }],
    ['failing', anEndpoint({}, { state: 'failing', failingSince: earlier }), { tone: 'bad', text: 'Failing since', since: earlier }],
    ['unknown', anEndpoint({}, { state: 'unknown' }), { tone: 'idle', text: 'Status not known right now', since: null }],
    ['off', anEndpoint({ active: false, disabledReason: 'user', disabledAt: later }), { tone: 'idle', text: 'Disabled by you', since: later }],
    ['off from the start', anEndpoint({ active: false }), { tone: 'idle', text: 'Disabled by you', since: null }],
    ['given up', anEndpoint({ active: false, disabledReason: 'failing', disabledAt: later }), { tone: 'bad', text: 'Disabled by the system because every delivery failed for days', since: later }],
    ['gone', anEndpoint({ active: false, disabledReason: 'gone', disabledAt: later }), { tone: 'bad', text: 'Disabled by the system because the receiver answered 410 Gone', since: later }],
  ])('that is %s', (_what, endpoint, status) => expect(statusOf(endpoint)).toEqual(status));

  it.each([[null, null, null], [earlier, null, earlier], [null, later, later], [earlier, later, later], [later, earlier, later]])(
    'with a success at %s and a failure at %s was last sent to at %s',
    (lastSuccessAt, lastFailureAt, last) => expect(lastDeliveryOf(anEndpoint({}, { lastSuccessAt, lastFailureAt }))).toBe(last),
  );
});
