import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { filtersIn, noFilters, paramsOf, type Filters } from './filters.ts';

/**
 * The filters of the list on this page. They are in its address too, so that whoever comes back from an entry finds the list
 * as it was. The fields show what is held here: the address changes a moment later, and a field that is being typed into
 * would be emptied until then. Where entries have no outcome, one in the address counts for nothing.
 */
export function useFilters({ withOutcome = false } = {}): [Filters, (filters: Filters) => void] {
  const [params, setParams] = useSearchParams();
  const [filters, setFilters] = useState(() => ({ ...filtersIn(params), ...(!withOutcome && { outcome: noFilters.outcome }) }));
  return [filters, (changed) => {
    setFilters(changed);
    setParams(paramsOf(changed), { replace: true });
  }];
}
