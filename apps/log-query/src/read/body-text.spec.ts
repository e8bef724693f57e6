import { describe, expect, it } from '@jest/globals';
import { bodyText } from './body-text.ts';

describe('a receiver\'s answer', () => {
  it.each<[string, Uint8Array, boolean, { text: string; encoding: string }]>([
    ['text', Buffer.from('näh 🧹'), false, { text: 'näh 🧹', encoding: 'utf8' }],
    ['nothing', Buffer.alloc(0), false, { text: '', encoding: 'utf8' }],
    ['a byte order mark', Buffer.from('\ufeffa'), false, { text: '\ufeffa', encoding: 'utf8' }],
    ['a NUL', Buffer.from('a\0b'), false, { text: 'a\0b', encoding: 'utf8' }],
    ['latin1', Buffer.from('näh', 'latin1'), false, { text: 'buRo', encoding: 'base64' }],
    ['half a character that was not cut off', Buffer.from('€').subarray(0, 2), false, { text: '4oI=', encoding: 'base64' }],
    ['half a character that was cut off', Buffer.from('a€').subarray(0, 3), true, { text: 'a', encoding: 'utf8' }],
    ['something else, cut off', Buffer.from([0xff, 0xd8]), true, { text: '/9g=', encoding: 'base64' }],
  ])('of %s', (_, bytes, truncated, expected) => {
    expect(bodyText(bytes, truncated)).toEqual(expected);
  });
});
