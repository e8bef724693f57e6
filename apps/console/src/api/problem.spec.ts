import { describe, expect, it } from '@jest/globals';
import { ApiError, AwayError, errorOf, faultsByField, messageOf, type Problem } from './problem.ts';

const refused: Problem = {
  type: 'urn:cepro:webhooks:problem:validation-failed', title: 'Some fields are not valid', status: 422, code: 'validation-failed',
  errors: [
    { field: 'url', message: 'Webhook URL must be an external HTTPS endpoint', detail: 'the scheme is http' },
    { field: 'events[1]', message: 'must be an event type' },
    { field: 'events[4]', message: 'is there twice' },
  ],
};

describe('an answer that is an error', () => {
  it('is what its problem document says', () => {
    expect(errorOf(422, refused)).toMatchObject({ name: 'ApiError', problem: refused });
    expect(messageOf(errorOf(422, refused))).toBe('Some fields are not valid.');
    expect(messageOf(errorOf(409, { ...refused, detail: 'Delete one first.' }))).toBe('Some fields are not valid: Delete one first.');
  });

  it.each([
    ['a proxy without an upstream', 502, '<h1>Bad Gateway</h1>'],
    ['somebody else\'s JSON', 503, { statusCode: 503, error: 'Service Unavailable' }],
    ['nothing', 504, undefined],
    ['a service that is away', 503, { ...refused, code: 'unavailable' }],
  ])('from %s means that the API is away', (_what, status, body) => {
    expect(errorOf(status, body)).toBeInstanceOf(AwayError);
    expect(messageOf(errorOf(status, body))).toContain('can not be reached');
  });

  it('tells its faults by field', () => {
    expect(faultsByField(new ApiError(refused))).toEqual({
      url: 'Webhook URL must be an external HTTPS endpoint: the scheme is http.',
      events: 'must be an event type. is there twice.',
    });
    expect(faultsByField(new AwayError())).toEqual({});
    expect(messageOf(new Error('x is undefined'))).toBe('Something went wrong on this page.');
  });
});
