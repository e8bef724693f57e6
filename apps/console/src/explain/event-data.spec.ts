import { describe, expect, it } from '@jest/globals';
import { dataIn } from './event-data.ts';

describe('what is typed as an event\'s data', () => {
  it('is an object', () => expect(dataIn(' {"id": "inv_1", "total": 480} ')).toEqual({ data: { id: 'inv_1', total: 480 } }));

  it.each(['', '{"id":', 'hello'])('is not valid JSON: "%s"', (text) => expect(dataIn(text).fault).toMatch(/^This is not valid JSON: /));

  it.each(['[]', 'null', '7', '"text"'])('is valid JSON, but no object: %s', (text) => expect(dataIn(text).fault).toBe('The data must be a JSON object: { … }.'));
});
