import { describe, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { connectionOptions, connectNats } from './connection.ts';

const optionsOf = (url: string) => connectionOptions({ url, name: 'event-router' });

describe('the options of a connection', () => {
  it('have the name, and never stop reconnecting', () => {
    expect(optionsOf('nats://nats:4222')).toEqual({
      servers: ['nats:4222'], name: 'event-router', maxReconnectAttempts: -1, reconnectTimeWait: 1_000, pingInterval: 10_000, ignoreClusterUpdates: true, noAsyncTraces: true,
    });
  });

  it.each([
    ['nats://nats', ['nats']],
    ['nats://10.0.0.1:4222', ['10.0.0.1:4222']],
    ['nats://[::1]:4222', ['[::1]:4222']],
    ['nats://[2001:db8::7]', ['[2001:db8::7]']],
    ['nats://a:1,nats://b:2,nats://c', ['a:1', 'b:2', 'c']],
    [' nats://a:1 , nats://b:2 ', ['a:1', 'b:2']],
    ['nats://user:pass@a:1,nats://user:pass@[::1]:2', ['a:1', '[::1]:2']],
  ])('of %s lead to %j', (url, servers) => {
    expect(optionsOf(url).servers).toEqual(servers);
  });

  it('have user and password, decoded', () => {
    expect(optionsOf('nats://router:p%40ss%3Aw%2Frd%20%25@nats:4222')).toMatchObject({ user: 'router', pass: 'p@ss:w/rd %' });
    expect(optionsOf('nats://us%C3%A9r:@nats')).toMatchObject({ user: 'usér', pass: '' });
    expect(optionsOf('nats://nats:4222')).not.toHaveProperty('user');
  });

  it('show a key instead, and have answers sent to inboxes of its user alone', () => {
    const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
    const options = connectionOptions({ url: 'nats://router:secret@nats', name: 'event-router', nkey: { user: 'event-router', seed } });
    expect(options).toMatchObject({ inboxPrefix: '_INBOX_event-router', authenticator: expect.any(Function) });
    expect(options).not.toHaveProperty('user');
    expect(optionsOf('nats://router:secret@nats')).not.toHaveProperty('inboxPrefix');
  });

  it('take user and password from the first address', () => {
    expect(optionsOf('nats://one:1@a,nats://two:2@b')).toMatchObject({ user: 'one', pass: '1' });
  });

  it('ask for TLS with the scheme tls', () => {
    expect(optionsOf('tls://nats:4222')).toMatchObject({ tls: {}, servers: ['nats:4222'] });
    expect(optionsOf('nats://nats:4222')).not.toHaveProperty('tls');
  });

  it.each(['', 'nats', 'nats://a,', 'nats://a:99999'])('are none for %j', (url) => {
    expect(() => optionsOf(url)).toThrow();
  });
});

describe('connecting', () => {
  it('goes on until told to stop', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    // A port that nobody listens on.
    const connecting = connectNats({ url: 'nats://127.0.0.1:1', name: 'spec' }, {
      signal: stop.signal,
      onRetry: (error) => {
        failures.push(error);
        if (failures.length === 2) stop.abort(new Error('the service stops'));
      },
    });
    await expect(connecting).rejects.toThrow();
    expect(failures).toHaveLength(2);
  });
});
