import { describe, expect, it } from '@jest/globals';
import type { EventFault } from '../api/client.ts';
import { faultText } from './fault-text.ts';

// Every code of the API, or this is not compiled.
const faults = Object.keys({
  'bad-subject': true, 'bad-account': true, 'unknown-type': true, 'too-large': true, 'not-utf8': true, 'not-json': true, 'not-an-object': true,
  'bad-timestamp': true, 'no-data': true,
} satisfies Record<EventFault, true>) as EventFault[];

describe('why an event could not be used', () => {
  it('is told in words of its own for each fault', () => {
    const texts = faults.map(faultText);
    expect(new Set(texts).size).toBe(faults.length);
    for (const text of texts) expect(text).not.toMatch(/code|[.!]$|^[A-Z]/);
  });

  it('is told as far as it is known', () => {
    expect(faultText(null)).toBe('the reason is not known');
    expect(faultText('too-late')).toBe('its fault has the code too-late');
    expect(faultText('constructor')).toBe('its fault has the code constructor');
  });
});
