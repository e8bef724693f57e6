import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addressIn, configSubject, deadLetterSubjects, decodeRouting, encodeEndpointEvents, endpointDeliverySubjects, eventSubject, maxEventBytes, newEndpointId,
  routingSubject, streams,
} from '@cepro/contracts';
import { connectNats, defaultTopology, provision } from '@cepro/jetstream';
import { eventually, startNats, startService, type NatsServer, type ServiceProcess } from '@cepro/testkit';
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

const maxPayloadBytes = 1024 * 1024;
const accountId = 'acct_garbage';
const endpointId = newEndpointId();
const subject = eventSubject(accountId, 'invoice.paid');
const timestamp = '2026-11-24T08:00:00Z';
const good = JSON.stringify({ timestamp, data: { id: 'inv_1' } });

let nats: NatsServer;
let connection: NatsConnection;
let js: JetStreamClient;
let jsm: JetStreamManager;
let router: ServiceProcess;

beforeAll(async () => {
  nats = await startNats({ maxPayloadBytes });
  connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
  js = jetstream(connection, { timeout: 60_000 });
  jsm = await js.jetstreamManager();
  await provision(jsm, { ...defaultTopology, shards: 2 });
  await js.publish(configSubject(accountId, endpointId), encodeEndpointEvents([
    { type: 'created', at: new Date().toISOString(), url: 'https://hooks.example.com/', events: ['invoice.paid'], active: true, description: null, sealedSecret: 'sealed' },
  ]));
  router = await startService({
    app: 'event-router',
    // From the sources, so that no test runs a build of yesterday.
    nodeArgs: ['--conditions=@cepro/source', `--import=${fileURLToPath(new URL('../../../tools/swc-hooks.mjs', import.meta.url))}`],
    entry: 'src/main.ts',
    env: { NATS_URL: nats.url, MANAGEMENT_HOST: '127.0.0.1' },
  });
  await router.ready();
});

afterAll(async () => {
  await router?.stop();
  await connection?.close();
  await nats?.stop();
});

async function deadLettersCounted(reason: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${router.managementPort}/metrics`)).text();
  return Number(new RegExp(`^webhooks_dead_letters_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

async function scheduled(): Promise<number> {
  const { state } = await jsm.streams.info(streams.deliveries, { subjects_filter: endpointDeliverySubjects(endpointId) });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** What the router has noted of the event at a sequence. */
async function routingOf(sequence: number) {
  return await eventually(async () => {
    const { state } = await jsm.streams.info(streams.routings);
    // The latest first: events are noted about as they come.
    for (let seq = state.last_seq; seq >= Math.max(1, state.first_seq); seq -= 1) {
      const message = await jsm.streams.getMessage(streams.routings, { seq });
      const routing = message && decodeRouting(message.data);
      if (routing?.ok && routing.value.sequence === sequence) return routing.value;
    }
    return false;
  });
}

/** An event's body of exactly so many bytes. */
function sized(bytes: number): Buffer {
  const around = JSON.stringify({ timestamp, data: { filler: '' } }).length;
  return Buffer.from(JSON.stringify({ timestamp, data: { filler: 'x'.repeat(bytes - around) } }));
}

/** `data` that goes so many levels down. */
function nested(levels: number): string {
  return `{"timestamp":"${timestamp}","data":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
}

interface Garbage {
  readonly what: string;
  readonly reason: string;
  readonly subject?: string;
  readonly data?: string | Uint8Array;
}

const table: Garbage[] = [
  { what: 'nothing at all', reason: 'not-json', data: '' },
  { what: 'text that is not JSON', reason: 'not-json', data: 'hello' },
  { what: 'JSON that ends too early', reason: 'not-json', data: good.slice(0, -1) },
  { what: 'JSON with something behind it', reason: 'not-json', data: `${good}{}` },
  { what: 'JSON with a byte order mark', reason: 'not-json', data: `\ufeff${good}` },
  { what: 'bytes that are not UTF-8', reason: 'not-utf8', data: Buffer.concat([Buffer.from(good.slice(0, -4)), Buffer.from([0xff, 0xfe]), Buffer.from(good.slice(-4))]) },
  { what: 'UTF-8 that is cut off inside of a character', reason: 'not-utf8', data: Buffer.from('é').subarray(0, 1) },
  { what: 'a list', reason: 'not-an-object', data: `[${good}]` },
  { what: 'null', reason: 'not-an-object', data: 'null' },
  { what: 'a number', reason: 'not-an-object', data: '42' },
  { what: 'no timestamp', reason: 'bad-timestamp', data: '{"data":{"id":"inv_1"}}' },
  { what: 'a timestamp without an offset', reason: 'bad-timestamp', data: '{"timestamp":"2026-11-24T08:00:00","data":{}}' },
  { what: 'a day that does not exist', reason: 'bad-timestamp', data: '{"timestamp":"2026-02-30T08:00:00Z","data":{}}' },
  { what: 'seconds since the epoch', reason: 'bad-timestamp', data: '{"timestamp":1795507200,"data":{}}' },
  { what: 'no data', reason: 'no-data', data: `{"timestamp":"${timestamp}"}` },
  { what: 'data that is null', reason: 'no-data', data: `{"timestamp":"${timestamp}","data":null}` },
  { what: 'data that is a list', reason: 'no-data', data: `{"timestamp":"${timestamp}","data":[]}` },
  { what: 'data that is text', reason: 'no-data', data: `{"timestamp":"${timestamp}","data":"{}"}` },
  { what: 'nesting deeper than can be written again', reason: 'not-json', data: nested(40_000) },
  { what: 'a byte more than 256 KiB', reason: 'too-large', data: sized(maxEventBytes + 1) },
  { what: 'as much as the server takes', reason: 'too-large', data: sized(maxPayloadBytes) },
  { what: 'as much rubbish as the server takes', reason: 'too-large', data: Buffer.alloc(maxPayloadBytes, 0xff) },
  { what: 'a type that is not in the catalogue', reason: 'unknown-type', subject: `cepro.events.${accountId}.invoice.refunded` },
  { what: 'a type in other letters', reason: 'unknown-type', subject: `cepro.events.${accountId}.Invoice.Paid` },
  { what: 'the name of an object\'s method for a type', reason: 'unknown-type', subject: `cepro.events.${accountId}.constructor` },
  { what: 'half a type', reason: 'unknown-type', subject: `cepro.events.${accountId}.invoice` },
  { what: 'a token too many', reason: 'unknown-type', subject: `cepro.events.${accountId}.invoice.paid.twice` },
  { what: 'no type', reason: 'bad-subject', subject: `cepro.events.${accountId}` },
  { what: 'no account', reason: 'unknown-type', subject: 'cepro.events.invoice.paid' },
  { what: 'a character that account ids do not have', reason: 'bad-account', subject: 'cepro.events.bad$acct.invoice.paid' },
  { what: 'an account beyond ASCII', reason: 'bad-account', subject: 'cepro.events.kontö.invoice.paid' },
  { what: 'an account of 65 characters', reason: 'bad-account', subject: `cepro.events.${'a'.repeat(65)}.invoice.paid` },
];

describe('an event that can not be routed', () => {
  it.each(table)('$what is dead-lettered as $reason, and the next event goes on', async ({ reason, subject: on = subject, data = good }) => {
    const [counted, deliveries] = [await deadLettersCounted(reason), await scheduled()];
    const { last_seq: before } = (await jsm.streams.info(streams.deadLetters)).state;
    const { seq } = await js.publish(on, data);
    const { seq: next } = await js.publish(subject, good);
    await eventually(async () => expect(await scheduled()).toBe(deliveries + 1));

    const letter = await eventually(async () => await jsm.streams.getMessage(streams.deadLetters, { seq: before + 1 }) ?? false);
    const bytes = Buffer.from(data);
    expect(letter && letter.subject).toBe(deadLetterSubjects.event);
    expect(letter && Object.fromEntries([...letter.header].map(([name, [value]]) => [name, value]))).toMatchObject({
      'Webhook-Dead-Letter-Reason': reason,
      'Webhook-Original-Subject': on.replaceAll('ö', '?'),
      'Webhook-Original-Sequence': String(seq),
      'Webhook-Original-Size': String(bytes.byteLength),
    });
    // Its body is there for people to look at, the beginning of it if it is too large.
    expect(letter && Buffer.from(letter.data).equals(bytes.subarray(0, maxEventBytes))).toBe(true);
    expect(await deadLettersCounted(reason)).toBe(counted + 1);
    expect(await routingOf(seq)).toMatchObject({ ...addressIn(on), deliveries: 0, fault: reason, configVersion: 1 });
    expect(await routingOf(next)).toMatchObject({ accountId, eventType: 'invoice.paid', deliveries: 1, fault: null, configVersion: 1 });
  });

  it('is told from one that nobody listens for', async () => {
    const { seq } = await js.publish(eventSubject(accountId, 'lead.created'), good);
    const { seq: stranger } = await js.publish(eventSubject('acct_nobody', 'invoice.paid'), good);
    expect(await routingOf(seq)).toMatchObject({ accountId, eventType: 'lead.created', deliveries: 0, fault: null });
    expect(await routingOf(stranger)).toMatchObject({ accountId: 'acct_nobody', eventType: 'invoice.paid', deliveries: 0, fault: null });
  });

  it('is noted once, as are all others', async () => {
    const { state } = await jsm.streams.info(streams.routings, { subjects_filter: routingSubject });
    expect(state.subjects).toEqual({ [routingSubject]: (await jsm.streams.info(streams.events)).state.last_seq });
  });

  it('is not one of exactly 256 KiB, or one that is nested as deep as programs write', async () => {
    const deliveries = await scheduled();
    const { last_seq: before } = (await jsm.streams.info(streams.deadLetters)).state;
    await js.publish(subject, sized(maxEventBytes));
    await js.publish(subject, nested(500));
    await eventually(async () => expect(await scheduled()).toBe(deliveries + 2));
    expect((await jsm.streams.info(streams.deadLetters)).state.last_seq).toBe(before);
  });

  it('leaves nothing unsettled behind', async () => {
    await eventually(async () => {
      const { num_ack_pending: held, num_pending: waiting } = await jsm.consumers.info(streams.events, 'event-router');
      expect([held, waiting]).toEqual([0, 0]);
    });
    expect(router.isRunning).toBe(true);
    expect(router.logs().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
