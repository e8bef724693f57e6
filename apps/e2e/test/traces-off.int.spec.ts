import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startCollector, type Collector } from '@cepro/testkit';
import { aTrace, anEndpointOf, attemptLines, everywhere, loadedOf, publishEvent, shortRetries, System, tellingLoaded } from '../src/index.ts';

describe('without a collector', () => {
  let system: System;
  beforeAll(async () => {
    // Meant for others: what nobody heeds stops nobody.
    const others = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'xray' };
    system = await System.start({
      env: { ...everywhere(others), 'delivery-worker': { ...shortRetries, ...others, OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } },
      nodeArgs: everywhere(tellingLoaded),
    });
  });
  afterAll(() => system?.stop());

  it('a trace is passed on to the receiver, and its id stands in the line of each attempt', async () => {
    const { traceId, traceparent } = aTrace();
    const { path, account, endpoint } = await anEndpointOf(system, 'acct_passed_on');
    path.answer([{ status: 503 }, { status: 200 }]);
    await publishEvent(system, { accountId: 'acct_passed_on', headers: { traceparent, tracestate: 'vendor=1' } });
    const requests = await path.waitFor(2);
    expect(requests.map(({ headers }) => [headers['traceparent'], headers['tracestate']])).toEqual(Array(2).fill([traceparent, undefined]));
    await account.logged(endpoint.id, 2);
    const lines = attemptLines(system.service('delivery-worker')).filter(({ accountId }) => accountId === 'acct_passed_on');
    expect(lines.map((line) => line['traceId'])).toEqual([traceId, traceId]);
  });

  it('an event in no trace stays in none', async () => {
    const { path, account, endpoint } = await anEndpointOf(system, 'acct_no_trace');
    await publishEvent(system, { accountId: 'acct_no_trace' });
    const [request] = await path.waitFor(1);
    expect(Object.keys(request!.headers)).not.toContain('traceparent');
    await account.logged(endpoint.id, 1);
    const lines = attemptLines(system.service('delivery-worker')).filter(({ accountId }) => accountId === 'acct_no_trace');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toHaveProperty('traceId');
  });

  it('nothing is loaded that could tell of traces', () => {
    // Prometheus' client loads the API, which does nothing by itself.
    for (const service of system.services.values()) expect([...loadedOf(service)].filter((name) => name !== 'api')).toEqual([]);
  });
});

describe('with a collector that hangs', () => {
  let collector: Collector;
  let system: System;
  beforeAll(async () => {
    collector = await startCollector('hang');
    system = await System.start({ env: everywhere({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/traces?key=hidden-key` }) });
  });
  afterAll(async () => {
    await system?.stop();
    await collector?.stop();
  });

  it('deliveries go on, every service stops as it should, and nothing but lines of JSON is written', async () => {
    const { path, account, endpoint } = await anEndpointOf(system, 'acct_hung');
    const events = 20;
    for (let n = 0; n < events; n += 1) await publishEvent(system, { accountId: 'acct_hung' });
    await path.waitFor(events);
    await account.logged(endpoint.id, events);
    await eventually(() => expect(new Set(collector.told.map(({ path: asked }) => asked))).toEqual(new Set(['/traces?key=hidden-key'])));
    // A request that hangs has been given up, which is told once.
    await eventually(() => expect(system.service('delivery-worker').logs().map(({ msg }) => msg)).toContain('there is trouble with telling of traces; the rest goes on'));
    await publishEvent(system, { accountId: 'acct_hung' });
    await path.waitFor(events + 1);
    const services = [...system.services.values()];
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual(services.map(() => 0));
    for (const service of services) {
      expect(service.lines.filter((line) => !line.startsWith('{'))).toEqual([]);
      // What was said just before may come after it: the logger writes in the background, and at the end at once.
      expect(service.logs().slice(-2).map(({ msg }) => msg)).toContain('stopped');
    }
    expect(system.output).not.toContain('hidden-key');
  });
});

it('an endpoint that is none is told at the start, with everything else that is wrong', async () => {
  const system = await System.start({ without: ['config-api', 'log-query', 'event-router', 'delivery-worker'] });
  try {
    const router = await system.launch('event-router', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318', OTEL_TRACES_SAMPLER_ARG: '5%', ROUTER_CONCURRENCY: '0' });
    expect((await router.exited).code).toBe(78);
    for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_SAMPLER_ARG', 'ROUTER_CONCURRENCY']) expect(router.lines.join('\n')).toContain(`  - ${name}: must be`);
  } finally {
    await system.stop();
  }
});
