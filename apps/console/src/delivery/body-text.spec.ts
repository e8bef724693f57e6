import { describe, expect, it } from '@jest/globals';
import { bodyContent, formatJson } from './body-text.ts';

describe('a body', () => {
  it('is text as it came, formatted if it is JSON', () => {
    expect(bodyContent('{"a":[1,{}],"b":"x,{y}"}', 'utf8')).toEqual({
      kind: 'text', raw: '{"a":[1,{}],"b":"x,{y}"}', formatted: '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": "x,{y}"\n}',
    });
    expect(bodyContent('<script>alert(1)</script>', 'utf8')).toEqual({ kind: 'text', raw: '<script>alert(1)</script>', formatted: null });
    expect(bodyContent('', 'utf8')).toEqual({ kind: 'empty' });
  });

  it('that is no text is shown byte by byte', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, index) => (index === 1 ? 0x41 : index * 15));
    expect(bodyContent(Buffer.from(bytes).toString('base64'), 'base64')).toEqual({
      kind: 'binary', bytes: 18,
      hex: '000000  00 41 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1  .A.-<KZix.......\n000010  f0 ff' + ' '.repeat(44) + '..',
    });
  });
});

describe('formatted JSON', () => {
  it.each(['{"id":12345678901234567890,"total":250.0,"e":1e400}', '{"a":1,"a":2}', '[]', '{}', '[[],{"a":{}}]', '"text with \\" and ,"', 'null', '-1.50', ' [ 1 , 2 ] ', '{"__proto__":{"x":1}}'])(
    'has all that %s has, as it was written', (text) => {
      const without = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ''));
      const formatted = formatJson(text)!;
      expect(without(formatted)).toBe(without(text));
      expect(formatJson(formatted)).toBe(formatted);
    },
  );

  it.each([{ a: [1, 2, { b: null }], c: 'x: [y]', d: [], e: {} }, [1, 'a\n"b"', true], 7, 'x'])('looks as JavaScript would write %j', (value) => {
    expect(formatJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  it('is not made of what is nested without end', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(formatJson(nested(100))).toContain('\n');
    expect(formatJson(nested(8_192))).toBeNull();
  });

  it.each(['', 'hello', '{"a":', '{a:1}', '<html>'])('is not to be had of "%s"', (text) => expect(formatJson(text)).toBeNull());
});
