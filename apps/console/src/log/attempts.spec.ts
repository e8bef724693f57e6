import { describe, expect, it } from '@jest/globals';
import { attempts } from './attempts.ts';

const entry = (seconds: number, deliveryId: string, attempt = 1) => ({ timestamp: new Date(Date.UTC(2026, 10, 24, 12, 0, seconds)).toISOString(), deliveryId, attempt });

describe('the log', () => {
  it('is in the API\'s order, newest first', () => {
    const entries = [entry(5, 'a'), entry(7, 'a', 2), entry(5, 'b'), entry(5, 'b', 2)];
    expect(entries.sort(attempts.compare).map(attempts.keyOf)).toEqual(['a:2', 'b:2', 'b:1', 'a:1']);
  });
});
