import { describe, expect, it } from '@jest/globals';
import { filtersIn, noFilters, paramsOf, queryOf } from './filters.ts';

describe('the filters', () => {
  it('are what the API wants, with local times in UTC', () => {
    expect(queryOf(noFilters)).toEqual({});
    expect(queryOf({ outcome: 'Failed', event: 'invoice.paid', from: '2026-11-24T10:30', to: '' })).toEqual({
      outcome: 'Failed', event: 'invoice.paid', from: new Date(2026, 10, 24, 10, 30).toISOString(),
    });
    expect(queryOf({ ...noFilters, to: '2026-11-' })).toEqual({});
  });

  it('are in the address, and read from there', () => {
    const filters = { outcome: 'Failed', event: 'invoice.paid', from: '2026-11-24T10:30', to: '' } as const;
    expect(paramsOf(noFilters)).toEqual({});
    expect(filtersIn(new URLSearchParams(paramsOf(filters)))).toEqual(filters);
  });

  it.each(['', 'outcome=Great', 'event=%3Cscript%3E', 'from=yesterday', 'to=2026-13-45T99:99', 'else=1'])('are none in an address with "%s"', (search) => {
    expect(filtersIn(new URLSearchParams(search))).toEqual(noFilters);
  });
});
