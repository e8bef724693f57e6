import { describe, expect, it } from '@jest/globals';
import { noFilters, queryOf } from './filters.ts';

describe('the filters', () => {
  it('are what the API wants, with local times in UTC', () => {
    expect(queryOf(noFilters)).toEqual({});
    expect(queryOf({ outcome: 'Failed', event: 'invoice.paid', from: '2026-11-24T10:30', to: '' })).toEqual({
      outcome: 'Failed', event: 'invoice.paid', from: new Date(2026, 10, 24, 10, 30).toISOString(),
    });
    expect(queryOf({ ...noFilters, to: '2026-11-' })).toEqual({});
  });
});
