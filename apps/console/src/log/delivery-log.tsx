import { useState } from 'react';
import { Failure, Loading } from '../app/states.tsx';
import { noFilters, type LogFilters } from './filters.ts';
import { LogFilterBar } from './log-filters.tsx';
import { LogTable } from './log-table.tsx';
import { useLog } from './use-log.ts';

/** The delivery log of an endpoint, live. */
export function DeliveryLog({ endpointId }: { readonly endpointId: string }) {
  const [filters, setFilters] = useState(noFilters);
  return (
    <>
      <LogFilterBar filters={filters} onChange={setFilters} />
      <FilteredLog key={`${endpointId} ${JSON.stringify(filters)}`} endpointId={endpointId} filters={filters} />
    </>
  );
}

function FilteredLog({ endpointId, filters }: { readonly endpointId: string; readonly filters: LogFilters }) {
  const { entries, older } = useLog(endpointId, filters);
  if (!older.data) return older.error ? <Failure error={older.error} onRetry={() => void older.refetch()} /> : <Loading what="delivery log" rows={5} />;
  if (entries.length === 0) {
    const isFiltered = filters !== noFilters && Object.values(filters).some(Boolean);
    return isFiltered
      ? <p>No attempt matches these filters.</p>
      : <p>Nothing was sent yet. Send a test, or wait for the first event: it appears here by itself.</p>;
  }
  return (
    <>
      <LogTable
        endpointId={endpointId} entries={entries} loadingMore={older.isFetchingNextPage}
        onEnd={() => { if (older.hasNextPage && !older.isFetchingNextPage && !older.isFetchNextPageError) void older.fetchNextPage(); }}
      />
      {older.isFetchNextPageError && <Failure error={older.error} onRetry={() => void older.fetchNextPage()} />}
    </>
  );
}
