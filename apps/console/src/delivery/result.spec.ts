import { describe, expect, it } from '@jest/globals';
import { resultOf } from './result.ts';

describe('what came of an attempt', () => {
  it.each([
    [200, null, '200'],
    [null, 'timeout', 'Timed out'],
    [200, 'timeout', '200, then timed out'],
    [null, null, null],
  ] as const)('%s and %s reads %s', (statusCode, error, text) => expect(resultOf(statusCode, error)).toBe(text));
});
