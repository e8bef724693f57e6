import { describe, expect, it } from '@jest/globals';
import { retryAfterOf } from './retry-after.ts';

const now = Date.parse('2026-03-08T14:30:00Z');

describe('Retry-After', () => {
  it.each<[number, string | undefined, number | undefined]>([
    [429, '120', 120_000], [503, ' 7 ', 7_000], [429, '0', 0],
    [503, 'Sun, 08 Mar 2026 14:31:30 GMT', 90_000], [503, 'Sun, 08 Mar 2026 14:00:00 GMT', 0], [429, 'Sunday, 08-Mar-26 14:31:30 GMT', 90_000],
    [429, undefined, undefined], [429, '', undefined], [429, '-5', undefined], [429, '1.5', undefined], [429, '1e3', undefined],
    [429, '9999999999', undefined], [429, 'soon', undefined], [429, 'Sun, yesterday', undefined], [429, '2027', 2_027_000], [429, '0x10', undefined],
    [500, '120', undefined], [200, '120', undefined], [301, '120', undefined],
  ])('of a %i that says %j is %j', (statusCode, header, expected) => {
    expect(retryAfterOf(statusCode, header, now)).toBe(expected);
  });
});
