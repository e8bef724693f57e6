import { describe, expect, it } from '@jest/globals';
import { deliveryMsgId, deliverySubject, traceHeaders, type DeliveryFact } from '@cepro/contracts';
import { toHeaders } from '@cepro/jetstream';
import { projectSpan } from './project-span.ts';

const endpointId = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const deliveryId = 'dlv_0195e3d1-8e12-7abc-9e55-0123456789ab';
const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' };
const storedAt = Date.parse('2026-03-08T14:30:00Z');

function aMessage(fact: DeliveryFact, headers: Record<string, string> = traceHeaders(trace)) {
  return {
    subject: deliverySubject('n', 3, endpointId, fact), data: Buffer.from('{"hidden":true}'), time: new Date(storedAt),
    headers: toHeaders({ 'Nats-Msg-Id': deliveryMsgId.attempted(deliveryId, 2), ...headers }),
  };
}

describe('the span of an attempt that is stored', () => {
  it.each(['attempted', 'tested'] as const)('follows the one of the attempt, of fact %s', (fact) => {
    const projected = projectSpan(aMessage(fact), storedAt + 20);
    expect(projected).toMatchObject({
      parent: trace,
      span: { name: 'project DELIVERIES', kind: 'consumer', startedAt: storedAt + 20, attributes: { 'cepro.delivery.id': deliveryId, 'messaging.message.id': `${deliveryId}:2`, 'cepro.endpoint.id': endpointId } },
    });
    expect(JSON.stringify(projected)).not.toContain('hidden');
  });

  it.each(['scheduled', 'retry', 'diverted', 'cancelled'] as const)('there is none of fact %s', (fact) => {
    expect(projectSpan(aMessage(fact), storedAt)).toBeUndefined();
  });

  it('there is none without a trace, or in one that is malformed', () => {
    expect(projectSpan(aMessage('attempted', {}), storedAt)).toBeUndefined();
    expect(projectSpan(aMessage('attempted', { traceparent: 'nonsense' }), storedAt)).toBeUndefined();
    expect(projectSpan({ ...aMessage('attempted'), headers: undefined as never }, storedAt)).toBeUndefined();
  });

  it('there is none of what happened long before, as when tables are made anew', () => {
    expect(projectSpan(aMessage('attempted'), storedAt + 3_600_000)).toBeDefined();
    expect(projectSpan(aMessage('attempted'), storedAt + 3_600_001)).toBeUndefined();
  });

  it('says nothing of a delivery that is not named', () => {
    const { attributes } = projectSpan(aMessage('attempted', { ...traceHeaders(trace), 'Nats-Msg-Id': '' }), storedAt)!.span;
    expect(attributes).toMatchObject({ 'cepro.endpoint.id': endpointId });
    for (const name of ['messaging.message.id', 'cepro.delivery.id']) expect(Object.keys(attributes)).not.toContain(name);
  });

  it('there is none of a subject that can not be read', () => {
    expect(projectSpan({ ...aMessage('attempted'), subject: 'webhooks.other' }, storedAt)).toBeUndefined();
  });
});
