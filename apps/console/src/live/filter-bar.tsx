import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useEventTypes } from '../api/queries.ts';
import styles from './filter-bar.module.css';
import { isFiltered, noFilters, outcomes, type Filters } from './filters.ts';

export interface FilterBarProps {
  /** "Filter the log" */
  readonly label: string;
  /** Whether the entries have an outcome to filter by. */
  readonly withOutcome?: boolean;
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function FilterBar({ label, withOutcome = false, filters, onChange }: FilterBarProps) {
  const types = useEventTypes();
  const names = types.data?.map(({ name }) => name) ?? [];
  // Chosen by the address, before the catalogue is here.
  const [chosen] = filters.event && !names.includes(filters.event) ? [filters.event] : [];
  return (
    <div role="search" aria-label={label} className={styles.bar}>
      {withOutcome && (
        <NativeSelect
          label="Outcome" size="xs" value={filters.outcome} data={[{ value: '', label: 'Any' }, ...outcomes]}
          onChange={({ currentTarget: { value } }) => onChange({ ...filters, outcome: outcomes.find((each) => each === value) ?? '' })}
        />
      )}
      <NativeSelect
        label="Event" size="xs" value={filters.event} data={[{ value: '', label: 'Any' }, ...names, ...(chosen ? [chosen] : [])]}
        onChange={({ currentTarget: { value } }) => onChange({ ...filters, event: names.find((each) => each === value) ?? '' })}
      />
      <TextInput label="From" size="xs" type="datetime-local" value={filters.from} onChange={({ currentTarget }) => onChange({ ...filters, from: currentTarget.value })} />
      <TextInput label="To" size="xs" type="datetime-local" value={filters.to} onChange={({ currentTarget }) => onChange({ ...filters, to: currentTarget.value })} />
      {isFiltered(filters) && <Button size="xs" variant="default" onClick={() => onChange(noFilters)}>Clear filters</Button>}
    </div>
  );
}
