import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { filtersIn, paramsOf, type Filters } from './filters.ts';

/**
 * The filters of the list on this page. They are in its address too, so that whoever comes back from an entry finds the list
 * as it was. The fields show what is held here: the address changes a moment later, and a field that is being typed into
 * would be emptied until then.
 */
export function useFilters(): [Filters, (filters: Filters) => void] {
  const [params, setParams] = useSearchParams();
  const [filters, setFilters] = useState(() => filtersIn(params));
  return [filters, (changed) => {
    setFilters(changed);
    setParams(paramsOf(changed), { replace: true });
  }];
}
