import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useEventTypes } from '../api/queries.ts';
import { noFilters, outcomes, type LogFilters } from './filters.ts';
import styles from './log-filters.module.css';

export function LogFilterBar({ filters, onChange }: { readonly filters: LogFilters; readonly onChange: (filters: LogFilters) => void }) {
  const types = useEventTypes();
  const names = types.data?.map(({ name }) => name) ?? [];
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <div role="search" aria-label="Filter the log" className={styles.bar}>
      <NativeSelect
        label="Outcome" size="xs" value={filters.outcome} data={[{ value: '', label: 'Any' }, ...outcomes]}
        onChange={({ currentTarget: { value } }) => onChange({ ...filters, outcome: outcomes.find((each) => each === value) ?? '' })}
      />
      <NativeSelect
        label="Event" size="xs" value={filters.event} data={[{ value: '', label: 'Any' }, ...names]}
        onChange={({ currentTarget: { value } }) => onChange({ ...filters, event: names.find((each) => each === value) ?? '' })}
      />
      <TextInput label="From" size="xs" type="datetime-local" value={filters.from} onChange={({ currentTarget }) => onChange({ ...filters, from: currentTarget.value })} />
      <TextInput label="To" size="xs" type="datetime-local" value={filters.to} onChange={({ currentTarget }) => onChange({ ...filters, to: currentTarget.value })} />
      {isFiltered && <Button size="xs" variant="default" onClick={() => onChange(noFilters)}>Clear filters</Button>}
    </div>
  );
}
