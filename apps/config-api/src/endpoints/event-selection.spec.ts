import { describe, expect, it } from '@jest/globals';
import { eventTypes } from '@cepro/contracts';
import { faultsOfEvents } from './event-selection.ts';

const unknown = (index: number) => ({ field: `events[${index}]`, message: 'must be one of the event types' });

describe('faultsOfEvents', () => {
  it('finds nothing wrong with every type at once', () => expect(faultsOfEvents(eventTypes)).toEqual([]));

  it.each([['no list', 'lead.created'], ['nothing', undefined], ['too many', Array.from({ length: 16 }, () => 'x')]])('leaves %s to others', (_what, value) => {
    expect(faultsOfEvents(value)).toEqual([]);
  });

  it.each([
    ['a name that is none', ['lead.created', 'lead.deleted'], [unknown(1)]],
    ['an inherited property\'s name', ['constructor', '__proto__'], [unknown(0), unknown(1)]],
    ['what is not text', [1, null, {}], [unknown(0), unknown(1), unknown(2)]],
    ['another spelling', ['Lead.Created', ' lead.created'], [unknown(0), unknown(1)]],
    ['a name that is there twice', ['lead.created', 'job_completed', 'lead.created'], [{ field: 'events[2]', message: 'is the same as events[0]' }]],
  ])('names %s by its place', (_what, value, faults) => expect(faultsOfEvents(value)).toEqual(faults));
});
