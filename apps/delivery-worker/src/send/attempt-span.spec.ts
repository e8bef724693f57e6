import { describe, expect, it } from '@jest/globals';
import { attemptSpan, attemptSpanEnd } from './attempt-span.ts';

const request = { deliveryId: 'dlv_1', eventType: 'invoice.paid', attempt: 2, body: Buffer.from('hidden'), trace: undefined };
// Everything that an endpoint has, as the caller hands it over whole.
const endpoint = { id: 'wh_1', accountId: 'acct_42', url: 'https://hooks.example.com/hidden?key=hidden', description: 'hidden', sealedSecret: 'hidden' };

describe('the span of an attempt', () => {
  it('names delivery, endpoint, account, type and number, and of the address host and port', () => {
    expect(attemptSpan(request, endpoint, new URL(endpoint.url))).toEqual({
      name: 'attempt DELIVERIES',
      kind: 'client',
      attributes: {
        'messaging.system': 'nats', 'messaging.operation.name': 'attempt', 'messaging.destination.name': 'DELIVERIES', 'messaging.message.id': 'dlv_1', 'http.request.method': 'POST',
        'server.address': 'hooks.example.com', 'server.port': 443, 'cepro.delivery.id': 'dlv_1', 'cepro.endpoint.id': 'wh_1', 'cepro.account.id': 'acct_42', 'cepro.event.type': 'invoice.paid', 'cepro.attempt': 2,
      },
    });
    expect(JSON.stringify(attemptSpan(request, endpoint, undefined))).not.toMatch(/hidden|server\./);
  });

  it.each([
    ['https://[2001:db8::1]:8443/', '2001:db8::1', 8443], ['http://[2001:db8::1]/', '2001:db8::1', 80], ['https://192.0.2.1:443/', '192.0.2.1', 443],
  ])('names of %s the server %s and its port %d', (url, address, port) => {
    expect(attemptSpan(request, endpoint, new URL(url)).attributes).toMatchObject({ 'server.address': address, 'server.port': port });
  });

  it.each([
    [{ outcome: 'Success', statusCode: 204, error: null }, { attributes: { 'cepro.outcome': 'Success', 'http.response.status_code': 204 }, failed: undefined }],
    [{ outcome: 'Retrying', statusCode: 503, error: null }, { attributes: { 'cepro.outcome': 'Retrying', 'http.response.status_code': 503, 'error.type': '503' }, failed: '503' }],
    [{ outcome: 'Failed', statusCode: null, error: 'tls-failed' }, { attributes: { 'cepro.outcome': 'Failed', 'error.type': 'tls-failed' }, failed: 'tls-failed' }],
    [{ outcome: 'Retrying', statusCode: 200, error: 'timeout' }, { attributes: { 'cepro.outcome': 'Retrying', 'http.response.status_code': 200, 'error.type': 'timeout' }, failed: 'timeout' }],
  ] as const)('ends, of %j, with %j', (attempt, end) => {
    const whole = { ...attempt, responseBody: 'hidden' };
    expect(attemptSpanEnd(whole)).toEqual(end);
  });
});
