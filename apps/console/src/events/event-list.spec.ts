import { describe, expect, it } from '@jest/globals';
import { events } from './event-list.ts';

const entry = (id: string, receivedAt: string, status: 'waiting' | 'routed' | 'unusable' = 'routed') => ({ id, receivedAt, status });

describe('the list of events', () => {
  it('is in the API\'s order, newest first', () => {
    const [first, second, third] = [entry('evt_1', '2026-11-24T10:00:00.000Z'), entry('evt_2', '2026-11-24T10:00:00.000Z'), entry('evt_3', '2026-11-24T10:00:00.001Z')];
    expect([first, second, third].sort(events.compare)).toEqual([third, second, first]);
  });

  it('is looked through again for those that wait', () => {
    expect((['waiting', 'routed', 'unusable'] as const).map((status) => events.isOpen(entry('evt_1', '2026-11-24T10:00:00.000Z', status)))).toEqual([true, false, false]);
  });
});
