import { describe, expect, it } from '@jest/globals';
import { EgressRefusedError, HostUnresolvableError } from '@cepro/egress-guard';
import { errors } from 'undici';
import { attemptErrorOf } from './attempt-error.ts';

const coded = (code: string) => Object.assign(new Error('it did not work'), { code });

describe('attemptErrorOf', () => {
  it.each([
    [new EgressRefusedError({ code: 'address-not-global', detail: 'hooks.example leads inside' }), 'url-not-external'],
    [new HostUnresolvableError('hooks.example', 'NXDOMAIN'), 'dns-failed'],
    [coded('EAI_AGAIN'), 'dns-failed'],
    [coded('ECONNREFUSED'), 'connection-refused'],
    [coded('ECONNRESET'), 'connection-failed'],
    [coded('EPIPE'), 'connection-failed'],
    [coded('EHOSTUNREACH'), 'connection-failed'],
    [new errors.SocketError('other side closed'), 'connection-failed'],
    [new errors.ConnectTimeoutError(), 'timeout'],
    [coded('ETIMEDOUT'), 'timeout'],
    [coded('CERT_HAS_EXPIRED'), 'tls-failed'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls-failed'],
    [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'tls-failed'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls-failed'],
    [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'tls-failed'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls-failed'],
    [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls-failed'],
    [coded('EPROTO'), 'tls-failed'],
    [new errors.HTTPParserError('Expected HTTP/'), 'protocol-error'],
    [new errors.HeadersOverflowError(), 'protocol-error'],
    [new errors.ResponseContentLengthMismatchError(), 'protocol-error'],
  ])('calls %s %s', (error, code) => {
    expect(attemptErrorOf(error)).toBe(code);
  });

  it('looks at what caused an error that says nothing itself', () => {
    expect(attemptErrorOf(new Error('fetch failed', { cause: new Error('connecting failed', { cause: coded('ECONNREFUSED') }) }))).toBe('connection-refused');
  });

  it('takes the first of several addresses that failed', () => {
    expect(attemptErrorOf(new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]))).toBe('connection-refused');
    expect(attemptErrorOf(new AggregateError([]))).toBe('connection-failed');
  });

  it.each([undefined, null, 'text', 42, new Error('nobody knows')])('has an answer to %p', (error) => {
    expect(attemptErrorOf(error)).toBe('connection-failed');
  });
});
