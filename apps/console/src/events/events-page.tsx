import { Page } from '../app/page.tsx';
import styles from '../endpoints/empty-state.module.css';
import { FilterBar } from '../live/filter-bar.tsx';
import { isFiltered, type Filters } from '../live/filters.ts';
import { LiveView } from '../live/live-view.tsx';
import { useFilters } from '../live/use-filters.ts';
import { EventTable } from './event-table.tsx';
import { useEvents } from './use-events.ts';

const above = [{ to: '/', title: 'Webhooks' }];

/** Everything that happened in CE Pro for the account, whether anybody listened or not. */
export function EventsPage() {
  const [filters, setFilters] = useFilters();
  return (
    <Page title="Events" above={above}>
      <FilterBar label="Filter the events" filters={filters} onChange={setFilters} />
      <FilteredEvents key={JSON.stringify(filters)} filters={filters} />
    </Page>
  );
}

function FilteredEvents({ filters }: { readonly filters: Filters }) {
  return (
    <LiveView list={useEvents(filters)} what="events" empty={isFiltered(filters) ? <p>No event matches these filters.</p> : <NoEvents />}>
      {(entries, more) => <EventTable entries={entries} {...more} />}
    </LiveView>
  );
}

function NoEvents() {
  return (
    <div className={styles.box}>
      <h2 className={styles.title}>Nothing has happened yet</h2>
      <p>
        An event is something that happens in CE Pro: a customer accepts an estimate, a job is completed, an
        invoice is paid. Each one is sent to the webhooks that listen for it.
      </p>
      <p>The first event appears here by itself, whether a webhook listens for it or not, with what came of it.</p>
    </div>
  );
}
