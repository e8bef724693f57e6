import { describe, expect, it } from '@jest/globals';
import type { StreamInfo } from '@nats-io/jetstream';
import { storageFigures, streamFigures, subjectsOf } from './figures.ts';

describe('a limit', () => {
  const streamWith = (limit: number) => ({ state: { messages: 2, bytes: 300 }, config: { max_bytes: limit } }) as unknown as StreamInfo;

  it.each([[-1, undefined], [0, undefined], [1_000, 1_000]])('of %d bytes is %s', (limit, maxBytes) => {
    expect(streamFigures(streamWith(limit))).toEqual({ messages: 2, bytes: 300, maxBytes });
    expect(storageFigures({ storage: 7, limits: { max_storage: limit } })).toEqual({ bytes: 7, maxBytes });
  });
});

describe('a consumer\'s subjects', () => {
  it('are one, several or all', () => {
    expect(subjectsOf({ filter_subject: 'a' })).toEqual(['a']);
    expect(subjectsOf({ filter_subjects: ['a', 'b'] })).toEqual(['a', 'b']);
    expect([subjectsOf({}), subjectsOf({ filter_subjects: [] }), subjectsOf({ filter_subject: '' })]).toEqual([undefined, undefined, undefined]);
  });
});
