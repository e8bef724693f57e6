import { describe, expect, it } from '@jest/globals';
import { newEndpointId, type Endpoint } from '@cepro/contracts';
import { exampleHeaders } from '@cepro/signing';
import { explainEvent, type ExampleEvent, type Explanation } from './explain.ts';

const now = new Date('2026-03-08T15:00:00.000Z');
const since = '2026-03-08T13:00:00.000Z';
const url = 'https://hooks.example.com/ce-pro?key=1';
const live: Endpoint = {
  id: newEndpointId(), accountId: 'acct_1', url, events: ['invoice.paid'], active: true, description: null, rateLimit: null, sealedSecret: 'sealed',
  createdAt: since, updatedAt: since, disabledReason: null, disabledAt: null, lastDisabledVersion: 0, version: 1,
};

const event = (fields: Record<string, unknown> | string = { timestamp: '2026-03-08T14:30:00Z', data: { id: 'inv_1' } }): ExampleEvent => ({
  type: 'invoice.paid', json: typeof fields === 'string' ? fields : JSON.stringify(fields),
});

const given = (fields: Partial<Endpoint>) => ({
  when: (asked: ExampleEvent) => ({
    then: (expected: Partial<Explanation>) => {
      expect(explainEvent(asked, { ...live, ...fields }, now)).toMatchObject(expected);
    },
  }),
});

const request = { method: 'POST', url, headers: exampleHeaders('invoice.paid'), body: '{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"id":"inv_1"}}' } as const;

describe('an example event', () => {
  it('would be delivered to an endpoint that is on and wants it', () => {
    given({}).when(event()).then({ verdict: 'scheduled', since: null, disabledReason: null, fault: null, request });
  });

  it('would not, and why; what would be sent is shown all the same', () => {
    given({ events: ['lead.created'] }).when(event()).then({ verdict: 'not-subscribed', fault: null, request });
    given({ active: false, disabledReason: 'user', disabledAt: since }).when(event()).then({ verdict: 'inactive', since, request });
    given({ active: false, disabledReason: 'gone', disabledAt: since }).when(event())
      .then({ verdict: 'disabled-by-system', since, disabledReason: 'gone', request });
  });

  it('is sent with its numbers as they are written, and with nothing else than belongs to it', () => {
    given({}).when(event('{ "type": "invoice.paid", "data": {"total": 12345678901234567890.10, "tiny": 1e-9}, "timestamp": "2026-03-08T14:30:00+01:00" }')).then({
      request: { ...request, body: '{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00+01:00","data":{"total":12345678901234567890.10,"tiny":1e-9}}' },
    });
  });

  it('without a time has that of now', () => {
    given({}).when(event({ data: {} })).then({ request: { ...request, body: '{"event":"invoice.paid","timestamp":"2026-03-08T15:00:00.000Z","data":{}}' } });
  });

  it('that nobody could be sent is unusable, whatever the endpoint', () => {
    const around = event({ timestamp: '2026-03-08T14:30:00Z', data: { a: '' } }).json.length;
    const sized = (bytes: number) => event({ timestamp: '2026-03-08T14:30:00Z', data: { a: 'x'.repeat(bytes - around) } });
    // As large as an event may be, and one byte more.
    given({}).when(sized(256 * 1024)).then({ verdict: 'scheduled' });
    const unusable = { verdict: 'unusable', fault: 'too-large', since: null, disabledReason: null, request: null } as const;
    given({}).when(sized(256 * 1024 + 1)).then(unusable);
    given({ active: false, disabledReason: 'gone', disabledAt: since }).when(sized(256 * 1024 + 1)).then(unusable);
    // It is the event that counts, not how it is laid out for the question.
    given({}).when(event(JSON.stringify(JSON.parse(sized(256 * 1024).json), null, 8))).then({ verdict: 'scheduled' });
  });
});
