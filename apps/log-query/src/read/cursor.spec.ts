import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor } from './cursor.ts';

const cursor = { startedAt: '2026-11-24T12:00:00.123Z', deliveryId: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', attempt: 4 };
const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('is read as it was written', () => {
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
    expect(encodeCursor(cursor)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['no JSON', Buffer.from('[').toString('base64url')],
    ['another shape', written({ ...cursor })],
    ['too little', written([cursor.startedAt, cursor.deliveryId])],
    ['too much', written([cursor.startedAt, cursor.deliveryId, 4, 5])],
    ['another time', written(['yesterday', cursor.deliveryId, 4])],
    ['a time written otherwise', written(['2026-11-24T12:00:00Z', cursor.deliveryId, 4])],
    ['another id', written([cursor.startedAt, 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', 4])],
    ['half an attempt', written([cursor.startedAt, cursor.deliveryId, 4.5])],
    ['a number that no integer holds', written([cursor.startedAt, cursor.deliveryId, 2 ** 31])],
    ['no attempt at all', written([cursor.startedAt, cursor.deliveryId, 0])],
    ['a number below what an integer holds', written([cursor.startedAt, cursor.deliveryId, -(2 ** 31) - 1])],
    ['a year that Postgres does not know', written(['0000-11-24T12:00:00.123Z', cursor.deliveryId, 4])],
    ['something appended', `${encodeCursor(cursor)}==`],
  ])('that holds %s is none', (_, text) => {
    expect(decodeCursor(text)).toBeUndefined();
  });
});
