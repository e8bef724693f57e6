import { describe, expect, it } from '@jest/globals';
import { ByteWatch } from './byte-watch.ts';

/** Feeds the chunks and says what got through before the match, or at all. */
function passedThrough(pattern: string | RegExp, chunks: readonly string[], nth = 1): { text: string; matched: boolean } {
  let matches = 0;
  const watch = new ByteWatch(typeof pattern === 'string' ? Buffer.from(pattern) : pattern, () => ++matches === nth);
  let text = '';
  for (const chunk of chunks) {
    const { pass, matched } = watch.feed(Buffer.from(chunk, 'latin1'));
    text += pass.toString('latin1');
    if (matched) return { text, matched };
  }
  return { text: text + watch.flush().toString('latin1'), matched: false };
}

/** Every way to cut a text into chunks. */
function* cuts(text: string): Generator<string[]> {
  for (let mask = 0; mask < 2 ** (text.length - 1); mask++) {
    const chunks = [text.charAt(0)];
    for (let i = 1; i < text.length; i++) {
      if (mask & (1 << (i - 1))) chunks.push(text.charAt(i));
      else chunks[chunks.length - 1] += text.charAt(i);
    }
    yield chunks;
  }
}

describe('ByteWatch', () => {
  it.each([
    ['the first match', 'ACK', 'xAACKzACKy', 1, 'xA'],
    ['the second match', 'ACK', 'xAACKzACKy', 2, 'xAACKz'],
    ['a text that begins like itself', 'ababc', 'xababababc', 1, 'xabab'],
    ['matches one after another', 'aa', 'aaaaaa', 3, 'aaaa'],
  ])('passes on exactly what comes before %s, wherever the chunks end', (_what, pattern, text, nth, before) => {
    for (const chunks of cuts(text)) expect(passedThrough(pattern, chunks, nth)).toEqual({ text: before, matched: true });
  });

  it('passes on everything when there is no match', () => {
    for (const chunks of cuts('ACACACxAC')) expect(passedThrough('ACK', chunks)).toEqual({ text: 'ACACACxAC', matched: false });
  });

  it('finds a text even when its beginning was passed on after waiting in vain', () => {
    const watch = new ByteWatch(Buffer.from('COMMIT'), () => true);
    expect(watch.feed(Buffer.from('..COM'))).toMatchObject({ pass: Buffer.from('..'), holding: true });
    expect(watch.flush().toString()).toBe('COM');
    expect(watch.flush().toString()).toBe('');
    const { pass, matched } = watch.feed(Buffer.from('MIT;'));
    expect([pass.toString(), matched]).toEqual(['', true]);
  });

  it('finds a regular expression across chunks and passes on what comes before it in the last one', () => {
    expect(passedThrough(/PUB (\S+) \d/, ['x PUB a b PUB', ' cc', ' 12'])).toEqual({ text: 'x PUB a b PUB cc', matched: true });
    expect(passedThrough(/ACK\.\w/g, ['ACK.a', 'ACK.', 'b..ACK.c'], 3)).toEqual({ text: 'ACK.aACK.b..', matched: true });
  });

  it('takes bytes as latin1 for regular expressions', () => {
    expect(passedThrough(/\xff\xfe/, ['a\xff', '\xfeb'])).toEqual({ text: 'a\xff', matched: true });
  });
});
