import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { catalogue, dataSchemaOf, eventTypes, examplePayloadOf, isEventType, testPayload, type EventType } from './catalogue.ts';
import { decodeDomainEvent } from './domain-event.ts';

const current = [
  'lead.created', 'lead.status_changed', 'estimate.created', 'estimate.accepted', 'job.created', 'job.completed', 'invoice.created', 'invoice.paid',
];
const legacy = [
  'proposal_created', 'proposal_sent', 'proposal_accepted', 'proposal_declined', 'estimate_created', 'job_completed', 'bug_report_created',
];

/** The validator that a receiver would make of the published schema. */
function validatorOf(type: EventType) {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  formats.default(ajv);
  return ajv.compile(dataSchemaOf(type));
}

describe('the catalogue', () => {
  it('has the 15 event types that were promised, spelled so and in this order', () => {
    expect(eventTypes).toEqual([...current, ...legacy]);
  });

  it('marks as legacy those that are', () => {
    expect(eventTypes.filter((type) => catalogue[type].legacy)).toEqual(legacy);
  });

  it('describes each in a sentence of its own', () => {
    const descriptions = eventTypes.map((type) => catalogue[type].description);
    for (const description of descriptions) expect(description).toMatch(/^[A-Z].*\.$/);
    expect(new Set(descriptions).size).toBe(15);
  });

  it.each(['', 'invoice.refunded', 'Invoice.paid', 'invoice.paid ', 'toString', '__proto__', 'constructor', 7, null, undefined, ['invoice.paid']])(
    'does not know %j', (other) => expect(isEventType(other)).toBe(false),
  );

  it('knows its own', () => expect(eventTypes.every(isEventType)).toBe(true));
});

describe.each(eventTypes)('%s', (type) => {
  const { example } = catalogue[type];

  it('has an example of its schema, which is draft 2020-12', () => {
    expect(dataSchemaOf(type)['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    const validate = validatorOf(type);
    validate(example);
    expect(validate.errors).toBeNull();
  });

  it('takes fields that it does not know', () => {
    expect(validatorOf(type)({ ...example, a_field_of_next_year: { deep: [1] } })).toBe(true);
  });

  it('refuses the wrong type, and nothing at all', () => {
    const validate = validatorOf(type);
    for (const field of ['id', 'total', 'status', 'created_at', 'title', 'client_name']) {
      if (field in example) expect(validate({ ...example, [field]: { not: 'this' } })).toBe(false);
    }
    expect(validate({ ...example, id: '' })).toBe(false);
    expect(validate({})).toBe(false);
    expect(validate([example])).toBe(false);
  });

  it('says of the example what the page and the documentation show', () => {
    const payload = examplePayloadOf(type);
    expect(Object.keys(payload)).toEqual(['event', 'timestamp', 'data']);
    expect(payload.event).toBe(type);
    const { timestamp, data } = payload;
    expect(decodeDomainEvent(type, new TextEncoder().encode(JSON.stringify({ timestamp, data })))).toEqual({
      ok: true, value: { timestamp, requestBody: JSON.stringify(payload) },
    });
  });
});

describe('Send Test', () => {
  it('sends what was promised', () => {
    const promised = `{"event":"estimate.created","timestamp":"2026-03-08T14:30:00.000Z","data":{"test":true,
      "message":"This is a test webhook from CleanEstimate Pro","estimate_id":"00000000-0000-0000-0000-000000000000",
      "estimate_number":"TEST-001","customer_name":"Test Customer","total":250.0}}`;
    const payload = testPayload(new Date('2026-03-08T14:30:00Z'));
    expect(payload).toEqual(JSON.parse(promised));
    expect(Object.keys(payload)).toEqual(['event', 'timestamp', 'data']);
    expect(testPayload(new Date('2026-03-08T14:30:00Z'), 'estimate.created')).toEqual(payload);
  });

  it.each(eventTypes.filter((type) => type !== 'estimate.created'))('is the example of %s, marked as a test, when that is asked for', (type) => {
    const payload = testPayload(new Date('2026-03-08T14:30:00Z'), type);
    expect(payload).toEqual({
      event: type, timestamp: '2026-03-08T14:30:00.000Z',
      data: { ...catalogue[type].example, test: true, message: 'This is a test webhook from CleanEstimate Pro' },
    });
    const validate = validatorOf(type);
    expect([validate(payload.data), validate.errors]).toEqual([true, null]);
  });
});
