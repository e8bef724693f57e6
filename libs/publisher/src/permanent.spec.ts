import { describe, expect, it } from '@jest/globals';
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { isPermanent } from './permanent.ts';

const api = (code: number, err_code: number, description: string) => new JetStreamApiError({ code, err_code, description });

describe('a failure', () => {
  it.each<[string, unknown]>([
    ['a time-out', new errors.TimeoutError()],
    ['nobody who answers', new Error('jetstream is not enabled', { cause: new errors.NoRespondersError('x') })],
    ['a stream that is full', api(503, 10077, 'maximum bytes exceeded')],
    ['no leader', api(503, 10008, 'JetStream system temporarily unavailable')],
    ['another copy in process', api(409, 10158, 'message with this id is in process')],
    ['too many requests', api(429, 10167, 'too many requests')],
    ['a lost connection', new errors.RequestError('connection disconnected')],
    ['no error at all', 'no'],
  ])('that is %s passes', (_, error) => expect(isPermanent(error)).toBe(false));

  it.each<[string, unknown]>([
    ['a missing permission', new errors.RequestError('no', { cause: new errors.PermissionViolationError('no', 'publish', 'x') })],
    ['a closed connection', new errors.ClosedConnectionError()],
    ['a draining connection', new errors.DrainingConnectionError()],
    ['more than the server takes', errors.InvalidArgumentError.format('payload', 'max_payload size exceeded')],
    ['another stream', api(400, 10060, 'expected stream does not match')],
    ['a message too large for the stream', api(400, 10054, 'message size exceeds maximum allowed')],
    ['an error of another copy of the client', Object.assign(new Error('closed connection'), { name: 'ClosedConnectionError' })],
  ])('that is %s stays', (_, error) => expect(isPermanent(error)).toBe(true));
});
