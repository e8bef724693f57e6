import type { EventType, EventTypeName } from '../api/client.ts';

export interface EventGroup {
  readonly title: string;
  readonly types: readonly EventType[];
}

/** The catalogue as the form shows it: groups in the catalogue's order, the legacy ones apart. */
export function groupsOf(types: readonly EventType[]): { readonly current: EventGroup[]; readonly legacy: EventGroup[] } {
  const grouped = (some: readonly EventType[]) => [...Map.groupBy(some, ({ group }) => group)].map(([title, types]) => ({ title, types }));
  return { current: grouped(types.filter(({ legacy }) => !legacy)), legacy: grouped(types.filter(({ legacy }) => legacy)) };
}

/** The selection with all of a group's types, or with none of them. */
export function withGroup(selected: readonly EventTypeName[], { types }: EventGroup, all: boolean): EventTypeName[] {
  const names = types.map(({ name }) => name);
  const others = selected.filter((name) => !names.includes(name));
  return all ? [...others, ...names] : others;
}
