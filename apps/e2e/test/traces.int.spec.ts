import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCollector, type Collector, type ReceivedRequest, type ToldSpan } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { aTrace, attemptLines, everywhere, factsOf, loadedOf, publishEvent, shortRetries, System, tellingLoaded } from '../src/index.ts';

let collector: Collector;
let system: System;
beforeAll(async () => {
  collector = await startCollector();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=of-the-collector' };
  system = await System.start({ env: { ...everywhere(traced), 'delivery-worker': { ...shortRetries, DELIVERY_CIRCUIT_FAILURES: '1', ...traced } }, nodeArgs: everywhere(tellingLoaded) });
});
afterAll(async () => {
  await system?.stop();
  await collector?.stop();
});

const inTrace = (traceId: string) => (span: ToldSpan) => span.traceId === traceId;
const serviceOf = ({ resource }: ToldSpan) => resource['service.name'];
const traceparentOf = ({ headers }: ReceivedRequest) => String(headers['traceparent']);
const named = (spans: readonly ToldSpan[], name: string) => spans.filter((span) => span.name.startsWith(`${name} `));

/** An account with an endpoint of which nothing but the host may be told. */
async function anEndpoint(accountId: string) {
  const account = await system.account(accountId);
  const path = system.receiver.at(`/hidden-path-${accountId}`);
  return { account, path, endpoint: await account.anEndpoint({ url: `${path.url}?key=hidden-query` }) };
}

describe('an event that its publisher has in a trace, and that is delivered at the second attempt, by the slow lane', () => {
  const { traceId, spanId, traceparent } = aTrace();
  let made: Awaited<ReturnType<typeof anEndpoint>>;
  let requests: readonly ReceivedRequest[];
  let spans: ToldSpan[];
  let attempts: ToldSpan[];
  beforeAll(async () => {
    made = await anEndpoint('acct_traced');
    made.path.answer([{ status: 500, body: 'hidden-answer' }, { status: 200 }]);
    const publisher = new WebhooksPublisher(system.connection, { domain: 'invoices' });
    const data = { id: 'inv_1', invoice_number: 'INV-1', client_name: 'hidden-payload', total: 1, status: 'paid', paid_at: '2026-03-20T17:45:30Z' };
    await publisher.publish({ type: 'invoice.paid', accountId: 'acct_traced', id: 'inv_1.paid', data, traceparent, tracestate: 'vendor=1' });
    requests = await made.path.waitFor(2);
    spans = await collector.waitFor(5, inTrace(traceId));
    attempts = named(spans, 'attempt');
  });

  it('is one trace: routed, attempted twice, and each attempt stored in the log', () => {
    expect(spans.map((span) => [serviceOf(span), span.name]).sort()).toEqual([
      ['delivery-worker', 'attempt DELIVERIES'], ['delivery-worker', 'attempt DELIVERIES'], ['event-router', 'route CEPRO_EVENTS'],
      ['log-query', 'project DELIVERIES'], ['log-query', 'project DELIVERIES'],
    ]);
  });

  it('has each span under what it follows from', async () => {
    expect(await factsOf(system, made.endpoint.id, 'diverted')).toBe(1);
    const [route] = named(spans, 'route');
    expect(route).toMatchObject({ parentSpanId: spanId, traceState: 'vendor=1', kind: 5, statusCode: 0 });
    expect(attempts.map(({ parentSpanId, kind }) => [parentSpanId, kind])).toEqual(Array(2).fill([route!.spanId, 3]));
    expect(new Set(named(spans, 'project').map(({ parentSpanId }) => parentSpanId))).toEqual(new Set(attempts.map((attempt) => attempt.spanId)));
  });

  it('says of each what happened', () => {
    const delivery = { 'cepro.delivery.id': requests[0]!.headers['x-webhook-id'], 'cepro.endpoint.id': made.endpoint.id };
    const attempted = { ...delivery, 'cepro.account.id': 'acct_traced', 'cepro.event.type': 'invoice.paid', 'server.address': '127.0.0.1', 'http.request.method': 'POST' };
    expect(attempts).toMatchObject([
      { statusCode: 2, statusMessage: '500', attributes: { ...attempted, 'cepro.attempt': 1, 'cepro.outcome': 'Retrying', 'http.response.status_code': 500, 'error.type': '500' } },
      { statusCode: 0, attributes: { ...attempted, 'cepro.attempt': 2, 'cepro.outcome': 'Success', 'http.response.status_code': 200 } },
    ]);
    expect(named(spans, 'route')).toMatchObject([{ attributes: { 'messaging.system': 'nats', 'messaging.message.id': 'invoices:inv_1.paid', 'cepro.event.type': 'invoice.paid', 'cepro.deliveries': 1 } }]);
    for (const { attributes } of named(spans, 'project')) expect(attributes).toMatchObject(delivery);
    for (const { startedAt, endedAt } of spans) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  });

  it('tells the receiver which attempt each request is, and nothing else of the trace', () => {
    expect(requests.map(traceparentOf)).toEqual(attempts.map((attempt) => `00-${traceId}-${attempt.spanId}-01`));
    for (const { headers } of requests) expect(headers['tracestate']).toBeUndefined();
  });

  it('shows the header in the log, as it was sent', async () => {
    const { attempts: logged } = await made.account.deliveryOnce(String(requests[0]!.headers['x-webhook-id']), 'succeeded');
    expect(logged.map(({ requestHeaders }) => requestHeaders['traceparent'])).toEqual(requests.map(traceparentOf));
  });

  it('has the trace\'s id in the line of each attempt', () => {
    const lines = attemptLines(system.service('delivery-worker')).filter(({ accountId }) => accountId === 'acct_traced');
    expect(lines.map(({ attempt, traceId: id }) => [attempt, id])).toEqual([[1, traceId], [2, traceId]]);
  });

  it('tells nobody a secret, a signature, a payload, an answer, or more of a URL than its host', () => {
    const told = Buffer.concat(collector.told.map(({ body }) => body)).toString('latin1');
    // What is looked for would be found.
    expect(told).toContain('invoices:inv_1.paid');
    const signatures = requests.flatMap(({ headers }) => [String(headers['x-webhook-signature']), String(headers['webhook-signature']).slice(3)]);
    for (const hidden of [made.endpoint.secret, made.endpoint.secret.slice(6), ...signatures, 'hidden-', 'of-the-collector']) {
      expect([hidden, told.includes(hidden)]).toEqual([hidden, false]);
      if (hidden !== 'hidden-') expect([hidden, system.output.includes(hidden)]).toEqual([hidden, false]);
    }
    expect(system.output).not.toMatch(/hidden-(payload|answer|query|path)/);
    for (const { headers } of collector.told) expect(headers['x-api-key']).toBe('of-the-collector');
  });
});

it('an event in no trace begins one where it is routed', async () => {
  const { path } = await anEndpoint('acct_root');
  await publishEvent(system, { accountId: 'acct_root' });
  const [request] = await path.waitFor(1);
  const traceId = traceparentOf(request!).split('-')[1]!;
  const spans = await collector.waitFor(3, inTrace(traceId));
  const [route, attempt, project] = ['route', 'attempt', 'project'].map((name) => named(spans, name)[0]);
  expect([route!.parentSpanId, attempt!.parentSpanId, project!.parentSpanId]).toEqual(['', route!.spanId, attempt!.spanId]);
});

it.each(['nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${aTrace().traceparent}\u00e9`])('an event with the malformed trace %j is delivered, in a trace of its own', async (malformed) => {
  const accountId = `acct_${Buffer.from(malformed).toString('hex').slice(-24)}`;
  const { path } = await anEndpoint(accountId);
  await publishEvent(system, { accountId, headers: { traceparent: malformed } });
  const [request] = await path.waitFor(1);
  expect(traceparentOf(request!)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(malformed).not.toContain(traceparentOf(request!).split('-')[1]);
});

it('an event of which its publisher wants nothing told is followed all the same, and nothing told', async () => {
  const { traceId, spanId, traceparent } = aTrace({ sampled: false });
  const { path } = await anEndpoint('acct_unsampled');
  await publishEvent(system, { accountId: 'acct_unsampled', headers: { traceparent } });
  const [request] = await path.waitFor(1);
  expect(traceparentOf(request!)).toMatch(new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-00$`));
  const later = aTrace();
  await publishEvent(system, { accountId: 'acct_unsampled', headers: { traceparent: later.traceparent } });
  await collector.waitFor(3, inTrace(later.traceId));
  expect(collector.spans.filter(inTrace(traceId))).toEqual([]);
});

it('what can not be routed is told of as such', async () => {
  const { traceId, traceparent } = aTrace();
  await publishEvent(system, { accountId: 'acct_garbage', data: '"hidden-garbage"', headers: { traceparent } });
  const [route] = await collector.waitFor(1, inTrace(traceId));
  expect(route).toMatchObject({ name: 'route CEPRO_EVENTS', statusCode: 2, statusMessage: 'no-data', attributes: { 'cepro.deliveries': 0 } });
});

it('a retry by hand is a trace of its own, from the API to the log', async () => {
  const { account, path, endpoint } = await anEndpoint('acct_by_hand');
  path.answer({ status: 500 });
  const { traceId, traceparent } = aTrace();
  await publishEvent(system, { accountId: 'acct_by_hand', headers: { traceparent } });
  const entries = await account.logged(endpoint.id, 4);
  const { deliveryId } = entries[0]!;
  await account.deliveryOnce(deliveryId, 'failed');
  path.answer({ status: 200 });
  expect((await account.call('POST', `/v1/deliveries/${deliveryId}/retry`)).status).toBe(202);
  const request = (await path.waitFor(5)).at(-1)!;
  const own = traceparentOf(request).split('-')[1]!;
  expect(own).not.toBe(traceId);
  const spans = await collector.waitFor(3, inTrace(own));
  const [retry, attempt, project] = ['retry', 'attempt', 'project'].map((name) => named(spans, name)[0]);
  expect([retry, attempt, project].map((span) => [serviceOf(span!), span!.parentSpanId, span!.attributes['cepro.delivery.id']])).toEqual([
    ['log-query', '', deliveryId], ['delivery-worker', retry!.spanId, deliveryId], ['log-query', attempt!.spanId, deliveryId],
  ]);
});

it('a Send Test is a trace, from the API to the log', async () => {
  const { account, path, endpoint } = await anEndpoint('acct_tested');
  expect(await account.call('POST', `/v1/webhooks/${endpoint.id}/test`)).toMatchObject({ status: 200, body: { success: true } });
  const [request] = await path.waitFor(1);
  const spans = await collector.waitFor(3, inTrace(traceparentOf(request!).split('-')[1]!));
  const [send, attempt, project] = ['send', 'attempt', 'project'].map((name) => named(spans, name)[0]);
  expect([send, attempt, project].map((span) => [serviceOf(span!), span!.parentSpanId])).toEqual([
    ['config-api', ''], ['delivery-worker', send!.spanId], ['log-query', attempt!.spanId],
  ]);
  expect(traceparentOf(request!)).toContain(attempt!.spanId);
});

it('who tells of traces has loaded what that takes', () => {
  for (const service of system.services.values()) expect([...loadedOf(service)]).toEqual(expect.arrayContaining(['sdk-trace', 'exporter-trace-otlp-proto']));
});
