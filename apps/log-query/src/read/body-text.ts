/** A receiver's answer as JSON can carry it. */
export interface BodyText {
  readonly text: string;
  readonly encoding: 'utf8' | 'base64';
}

/**
 * A body as text if it is UTF-8, in base64 if it is anything else. One that was cut off may end in the middle of a
 * character; that character is left out.
 */
export function bodyText(bytes: Uint8Array, truncated: boolean): BodyText {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    // With more to come, an unfinished character at the end is no fault.
    return { text: decoder.decode(bytes, { stream: truncated }), encoding: 'utf8' };
  } catch {
    return { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
}
