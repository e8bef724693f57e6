import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { catalogue, streams, type EventData } from '@cepro/contracts';
import { eventually, startNats, type NatsServer } from '@cepro/testkit';
import { DiscardPolicy, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { EventNotPublishedError, InvalidEventError, WebhooksPublisher, type PublisherOptions, type WebhookEvent } from '../src/index.ts';

let nats: NatsServer;
let connections: NatsConnection[];

beforeEach(async () => {
  connections = [];
  nats = await startNats();
});

afterEach(async () => {
  await Promise.all(connections.map((each) => each.close()));
  await nats.stop();
});

async function client(options: ConnectionOptions = {}): Promise<NatsConnection> {
  const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50, ...options });
  connections.push(connection);
  return connection;
}

async function theStream(config: Partial<StreamConfig> = {}): Promise<void> {
  const jsm = await jetstreamManager(await client());
  await jsm.streams.add({ name: streams.events, subjects: ['cepro.events.>'], discard: DiscardPolicy.New, ...config });
}

async function aPublisher(options: Partial<PublisherOptions> = {}, connection?: NatsConnection): Promise<WebhooksPublisher> {
  return new WebhooksPublisher(connection ?? (await client()), { domain: 'invoices', ...options });
}

/** What the stream holds at a sequence. */
async function stored(seq: number) {
  const jsm = await jetstreamManager(await client());
  const message = await jsm.streams.getMessage(streams.events, { seq });
  if (!message) throw new Error(`there is no message ${seq}`);
  return { subject: message.subject, text: message.string(), headers: Object.fromEntries(message.header) };
}

async function count(): Promise<number> {
  return (await (await jetstreamManager(await client())).streams.info(streams.events)).state.messages;
}

const data = catalogue['invoice.paid'].example;

function invoicePaid(fields: Partial<WebhookEvent<'invoice.paid'>> = {}): WebhookEvent<'invoice.paid'> {
  return { type: 'invoice.paid', accountId: 'acct_42', id: 'inv_77d0f3.paid', timestamp: '2026-03-20T17:45:30Z', data, ...fields };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => { throw new Error('it was published'); }, (error: unknown) => error);
}

describe('publishing', () => {
  beforeEach(() => theStream());

  it('stores the body under the subject, with the id, and answers with the place', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const publisher = await aPublisher();
    expect(await publisher.publish(invoicePaid({ traceparent }))).toEqual({ sequence: 1, duplicate: false });
    expect(await stored(1)).toEqual({
      subject: 'cepro.events.acct_42.invoice.paid',
      text: JSON.stringify({ timestamp: '2026-03-20T17:45:30Z', data }),
      headers: { 'Nats-Msg-Id': ['invoices:inv_77d0f3.paid'], traceparent: [traceparent], 'Nats-Expected-Stream': [streams.events] },
    });
  });

  it('stores one id once, and says where the first one is', async () => {
    const publisher = await aPublisher();
    await publisher.publish(invoicePaid({ id: 'other' }));
    const first = await publisher.publish(invoicePaid());
    expect(await publisher.publish(invoicePaid({ data: { ...data, total: 1 } }))).toEqual({ sequence: first.sequence, duplicate: true });
    expect(await count()).toBe(2);
    expect((await stored(first.sequence)).text).toContain('"total":480');
  });

  it('keeps the ids of two domains apart', async () => {
    await (await aPublisher()).publish(invoicePaid());
    expect(await (await aPublisher({ domain: 'billing' })).publish(invoicePaid())).toEqual({ sequence: 2, duplicate: false });
  });

  it('takes many at a time', async () => {
    const publisher = await aPublisher();
    const published = await Promise.all(Array.from({ length: 500 }, (_, n) => publisher.publish(invoicePaid({ id: String(n) }))));
    expect(new Set(published.map(({ sequence }) => sequence)).size).toBe(500);
  });

  it('stores 256 KiB, and sends nothing of what is larger', async () => {
    const publisher = await aPublisher();
    const around = JSON.stringify({ timestamp: '2026-03-20T17:45:30Z', data: { ...data, note: '' } }).length;
    const note = 'x'.repeat(262_144 - around);
    await publisher.publish(invoicePaid({ data: { ...data, note } }));
    expect((await stored(1)).text).toHaveLength(262_144);
    expect(await failureOf(publisher.publish(invoicePaid({ id: 'larger', data: { ...data, note: `${note}x` } })))).toBeInstanceOf(InvalidEventError);
    expect(await count()).toBe(1);
  });

  it('sends nothing of what is not valid, and can tell beforehand', async () => {
    const publisher = await aPublisher();
    const invalid = invoicePaid({ accountId: 'acct.42', data: undefined as unknown as EventData<'invoice.paid'> });
    expect(await failureOf(publisher.publish(invalid))).toMatchObject({ faults: [expect.stringContaining('accountId'), expect.stringContaining('data')] });
    expect(() => publisher.check(invalid)).toThrow(InvalidEventError);
    publisher.check(invoicePaid());
    expect(await count()).toBe(0);
  });

  it.each([{ domain: '' }, { domain: 'Invoices' }, { domain: 'a:b' }, { domain: 'a'.repeat(33) }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }, { timeoutMs: 2 ** 31 }])(
    'does not begin with %j', async (options) => {
      await expect(aPublisher(options)).rejects.toThrow(RangeError);
    },
  );
});

describe('while NATS is away', () => {
  it('goes on trying until it is back', async () => {
    await theStream();
    const tries: number[] = [];
    const publisher = await aPublisher({ onRetry: (_error, attempt) => tries.push(attempt) });
    await nats.kill();
    const published = publisher.publish(invoicePaid());
    await eventually(() => expect(tries.length).toBeGreaterThan(0));
    await nats.restart();
    expect(await published).toEqual({ sequence: 1, duplicate: false });
    expect(tries).toEqual(tries.map((_, index) => index + 1));
    expect(await count()).toBe(1);
  });

  it('gives up in time, says why, and a later try with the same id stores it once', async () => {
    await theStream();
    const publisher = await aPublisher({ timeoutMs: 1_000 });
    await nats.pause();
    const error = await failureOf(publisher.publish(invoicePaid()));
    expect(error).toMatchObject({ name: 'EventNotPublishedError', permanent: false, msgId: 'invoices:inv_77d0f3.paid', cause: { name: 'TimeoutError' } });
    expect((error as Error).message).toMatch(/same id is safe/);
    nats.resume();
    // What was sent before reached the server after all.
    expect(await publisher.publish(invoicePaid())).toEqual({ sequence: 1, duplicate: true });
    expect(await count()).toBe(1);
  });

  it('stops at once when told so', async () => {
    await theStream();
    const stop = new AbortController();
    const retries: number[] = [];
    const publisher = await aPublisher({ onRetry: (_error, attempt) => retries.push(attempt) });
    await nats.pause();
    const other = publisher.publish(invoicePaid({ id: 'other' }));
    const failed = failureOf(publisher.publish(invoicePaid(), { signal: stop.signal }));
    stop.abort(new Error('the service stops'));
    expect(await failed).toMatchObject({ message: 'the service stops' });
    // Another that was begun before still waits for its first answer.
    expect(retries).toEqual([]);
    nats.resume();
    expect(await other).toMatchObject({ duplicate: expect.any(Boolean) });
    expect(await failureOf(publisher.publish(invoicePaid({ id: 'x' }), { signal: stop.signal }))).toBe(stop.signal.reason);
  });

  it('stops between two tries when told so', async () => {
    const stop = new AbortController();
    const publisher = await aPublisher({ onRetry: (_error, attempt) => attempt === 4 && stop.abort(new Error('the service stops')) });
    expect(await failureOf(publisher.publish(invoicePaid(), { signal: stop.signal }))).toMatchObject({ message: 'the service stops' });
  });
});

describe('a server that does not take it', () => {
  it('for its stream is full is named as the cause, and tried again until there is room', async () => {
    await theStream({ max_bytes: 1_000 });
    const impatient = await aPublisher({ timeoutMs: 700 });
    const note = { ...data, note: 'x'.repeat(500) };
    await impatient.publish(invoicePaid({ id: 'first', data: note }));
    const error = await failureOf(impatient.publish(invoicePaid({ data: note })));
    expect(error).toBeInstanceOf(EventNotPublishedError);
    expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('maximum bytes exceeded'), cause: { code: 10077 } });

    const retried: unknown[] = [];
    const patient = await aPublisher({ onRetry: (each) => retried.push(each) });
    const published = patient.publish(invoicePaid({ data: note }));
    await eventually(() => expect(retried).toContainEqual(expect.objectContaining({ message: 'maximum bytes exceeded' })));
    await (await jetstreamManager(await client())).streams.purge(streams.events);
    expect(await published).toEqual({ sequence: 2, duplicate: false });
  });

  it('for there is no stream yet is tried again until there is one', async () => {
    const retried: unknown[] = [];
    const publisher = await aPublisher({ onRetry: (each) => retried.push(each) });
    const published = publisher.publish(invoicePaid());
    await eventually(() => expect(retried.length).toBeGreaterThan(0));
    await theStream();
    expect(await published).toMatchObject({ sequence: 1 });
  });

  it('for another stream has the subject is not asked twice', async () => {
    const jsm = await jetstreamManager(await client());
    await jsm.streams.add({ name: 'OTHER', subjects: ['cepro.>'] });
    const error = await failureOf((await aPublisher()).publish(invoicePaid()));
    expect(error).toMatchObject({ permanent: true, cause: { code: 10060 } });
    expect((await jsm.streams.info('OTHER')).state.messages).toBe(0);
  });

  it('for the message is larger than the stream takes is not asked twice', async () => {
    await theStream({ max_msg_size: 200 });
    expect(await failureOf((await aPublisher()).publish(invoicePaid({ data: { ...data, note: 'x'.repeat(200) } })))).toMatchObject({ permanent: true, cause: { code: 10054 } });
  });

  it('for the connection is closed is not asked', async () => {
    const connection = await client();
    const publisher = await aPublisher({}, connection);
    await connection.close();
    expect(await failureOf(publisher.publish(invoicePaid()))).toMatchObject({ permanent: true, cause: { name: 'ClosedConnectionError' } });
  });
});

describe('a publisher that may not', () => {
  beforeEach(async () => {
    await nats.stop();
    nats = await startNats({
      config: `authorization { users: [
        { user: admin, password: admin }
        { user: invoices, password: secret, permissions: { publish: ["cepro.events.*.invoice.*"], subscribe: ["_INBOX.>"] } }
      ] }`,
    });
    const jsm = await jetstreamManager(await client({ user: 'admin', pass: 'admin' }));
    await jsm.streams.add({ name: streams.events, subjects: ['cepro.events.>'] });
  });

  it('publish on a subject is told so at once; on others it may', async () => {
    const retries: number[] = [];
    const publisher = await aPublisher({ onRetry: (_error, attempt) => retries.push(attempt) }, await client({ user: 'invoices', pass: 'secret' }));
    const error = await failureOf(publisher.publish({ type: 'lead.created', accountId: 'acct_42', id: '1', data: catalogue['lead.created'].example }));
    expect(retries).toEqual([]);
    expect(error).toMatchObject({ permanent: true, message: expect.stringMatching(/was refused: .*permissions violation/i) });
    expect(await publisher.publish(invoicePaid())).toMatchObject({ sequence: 1 });
  });
});
