import { describe, expect, it } from '@jest/globals';
import { newEndpointId } from '@cepro/contracts';
import { cursorAfter, readCursor } from './cursor.ts';

describe('cursor', () => {
  it('is read as it was made', () => {
    const id = newEndpointId();
    expect(readCursor(cursorAfter(id))).toBe(id);
  });

  const id = newEndpointId();
  it.each([
    ['an id', id], ['garbage', '%00'], ['another kind of id', Buffer.from('dlv_x').toString('base64url')],
    ['padding', `${cursorAfter(id)}=`], ['something more', `${cursorAfter(id)}AAAA`],
  ])('is refused if it is %s', (_what, cursor) => {
    expect(() => readCursor(cursor)).toThrow(expect.objectContaining({ code: 'validation-failed', faults: [{ field: 'cursor', message: expect.any(String) }] }));
  });
});
