/** A body as it is shown: text, or bytes that are no text. */
export type BodyContent =
  | { readonly kind: 'empty' }
  | { readonly kind: 'text'; readonly raw: string; readonly formatted: string | null }
  | { readonly kind: 'binary'; readonly bytes: number; readonly hex: string };

/** What a body is, from the API's text and its encoding. */
export function bodyContent(body: string, encoding: 'utf8' | 'base64'): BodyContent {
  if (body === '') return { kind: 'empty' };
  if (encoding === 'utf8') return { kind: 'text', raw: body, formatted: formatJson(body) };
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  return { kind: 'binary', bytes: bytes.length, hex: hexDump(bytes) };
}

/**
 * JSON with its parts on lines of their own; `null` for what is no JSON. Only the space between the parts changes: numbers
 * that JavaScript would round, and names that are there twice, stay as they were written. `null` also for what is nested so
 * deep that its indentation would be many times as long as its text.
 */
export function formatJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out: string[] = [];
  let [depth, before] = [0, ''];
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [part] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const opens = before === '{' || before === '[';
    if (part === '}' || part === ']') {
      depth--;
      out.push(opens ? part : line() + part);
    } else if (part === ',') out.push(',');
    else if (part === ':') out.push(': ');
    else {
      if (opens || before === ',') out.push(line());
      out.push(part);
      if (part === '{' || part === '[') depth++;
      if (depth > deepest) return null;
    }
    before = part;
  }
  return out.join('');
}

/** Deeper than any event or answer that means something. */
const deepest = 100;

const perLine = 16;

/** Bytes as offset, hexadecimal and what of them is ASCII. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += perLine) {
    const part = [...bytes.subarray(offset, offset + perLine)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offset.toString(16).padStart(6, '0')}  ${hex.padEnd(perLine * 3 - 1)}  ${ascii}`);
  }
  return lines.join('\n');
}
