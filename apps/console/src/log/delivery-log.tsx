import { FilterBar } from '../live/filter-bar.tsx';
import { isFiltered, type Filters } from '../live/filters.ts';
import { LiveView } from '../live/live-view.tsx';
import { useFilters } from '../live/use-filters.ts';
import { LogTable } from './log-table.tsx';
import { useLog } from './use-log.ts';

/** The delivery log of an endpoint, live. */
export function DeliveryLog({ endpointId }: { readonly endpointId: string }) {
  const [filters, setFilters] = useFilters({ withOutcome: true });
  return (
    <>
      <FilterBar label="Filter the log" withOutcome filters={filters} onChange={setFilters} />
      <FilteredLog key={`${endpointId} ${JSON.stringify(filters)}`} endpointId={endpointId} filters={filters} />
    </>
  );
}

function FilteredLog({ endpointId, filters }: { readonly endpointId: string; readonly filters: Filters }) {
  const empty = isFiltered(filters)
    ? <p>No attempt matches these filters.</p>
    : <p>Nothing was sent yet. Send a test, or wait for the first event: it appears here by itself.</p>;
  return (
    <LiveView list={useLog(endpointId, filters)} what="delivery log" empty={empty}>
      {(entries, more) => <LogTable endpointId={endpointId} entries={entries} {...more} />}
    </LiveView>
  );
}
