import { describe, expect, it } from '@jest/globals';
import { eventIdOf } from '@cepro/contracts';
import { decodeEventCursor, encodeEventCursor } from './event-cursor.ts';

const id = eventIdOf(7, Date.UTC(2026, 10, 24));

describe('a cursor of events', () => {
  it('is read as it was written', () => {
    expect(decodeEventCursor(encodeEventCursor(id))).toBe(id);
    expect(encodeEventCursor(id)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['another kind of id', encodeEventCursor(id.replace('evt_', 'dlv_'))],
    ['half an id', encodeEventCursor(id.slice(0, -1))],
    ['something appended', `${encodeEventCursor(id)}==`],
  ])('that holds %s is none', (_, text) => {
    expect(decodeEventCursor(text)).toBeUndefined();
  });
});
