import { describe, expect, it } from '@jest/globals';
import type { EndpointEvent } from '@cepro/contracts';
import { evolveLogEndpoint, type LogEndpoint } from './endpoint.ts';

const at = '2026-11-24T00:00:00Z';
const address = { accountId: 'acct_1', endpointId: 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f' };
const created = (active: boolean): EndpointEvent => ({ type: 'created', at, url: 'https://example.com', events: [], active, description: null, sealedSecret: 's' });
const given = (...changes: EndpointEvent[][]) =>
  changes.reduce<LogEndpoint | undefined>((before, events, index) => evolveLogEndpoint(before, { ...address, version: index + 1, events }), undefined);

describe('what the log knows of an endpoint', () => {
  it.each<[string, EndpointEvent[][], Partial<LogEndpoint> | undefined]>([
    ['that it is on', [[created(true)]], { active: true, lastDisabledVersion: 0, version: 1, deleted: false }],
    ['that it was made off', [[created(false)]], { active: false, lastDisabledVersion: 1 }],
    ['that it was switched off', [[created(true)], [{ type: 'disabled', at, reason: 'failing' }]], { active: false, lastDisabledVersion: 2, version: 2 }],
    ['that it is on again', [[created(true)], [{ type: 'disabled', at, reason: 'user' }], [{ type: 'enabled', at }]], { active: true, lastDisabledVersion: 2, version: 3 }],
    ['that it changed', [[created(true)], [{ type: 'changed', at, url: 'https://example.org' }]], { active: true, version: 2 }],
    ['that it is deleted', [[created(true)], [{ type: 'deleted', at }]], { active: false, deleted: true, version: 2 }],
    ['that it is deleted, from its tombstone alone', [[{ type: 'deleted', at }]], { active: false, deleted: true, version: 1 }],
    ['nothing without a beginning', [[{ type: 'enabled', at }]], undefined],
  ])('%s', (_, changes, expected) => {
    const endpoint = given(...changes);
    if (expected) expect(endpoint).toMatchObject({ ...address, ...expected });
    else expect(endpoint).toBeUndefined();
  });

  it('is neither its URL nor its secret', () => {
    expect(JSON.stringify(given([created(true)]))).not.toMatch(/example|sealed/);
  });
});
