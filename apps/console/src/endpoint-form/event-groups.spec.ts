import { describe, expect, it } from '@jest/globals';
import type { EventType, EventTypeName } from '../api/client.ts';
import { groupsOf, withGroup } from './event-groups.ts';

const type = (name: EventTypeName, group: string, legacy = false): EventType => ({ name, group, legacy, description: '', example: {}, schema: {} });
const types = [type('lead.created', 'Leads'), type('estimate.created', 'Estimates'), type('lead.status_changed', 'Leads'), type('estimate_created', 'Estimates', true)];

describe('the groups of events', () => {
  it('keep the catalogue\'s order, legacy ones apart', () => {
    const { current, legacy } = groupsOf(types);
    expect(current.map(({ title, types: own }) => [title, own.map(({ name }) => name)])).toEqual([['Leads', ['lead.created', 'lead.status_changed']], ['Estimates', ['estimate.created']]]);
    expect(legacy.map(({ title, types: own }) => [title, own.map(({ name }) => name)])).toEqual([['Estimates', ['estimate_created']]]);
  });

  it('are selected and taken back as a whole, and nothing else is', () => {
    const [leads] = groupsOf(types).current;
    expect(withGroup(['lead.created', 'estimate.created'], leads!, true)).toEqual(['estimate.created', 'lead.created', 'lead.status_changed']);
    expect(withGroup(['lead.created', 'estimate.created'], leads!, false)).toEqual(['estimate.created']);
  });
});
