import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceContextOf, traceIdOf, type TraceContext } from '@cepro/contracts';
import { eventually, readSpans, startCollector, type Collector } from '@cepro/testkit';
import { diag } from '@opentelemetry/api';
import { pino, type Logger } from 'pino';
import { startTracer } from './start-tracer.ts';
import type { TraceSettings } from './trace-variables.ts';
import type { SpanStart } from './tracer.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentOf = (flags: string, tracestate?: string): TraceContext => traceContextOf(`00-${traceId}-b7ad6b7169203331-${flags}`, tracestate)!;
const span: SpanStart = { name: 'route CEPRO_EVENTS', kind: 'consumer', attributes: { 'messaging.system': 'nats', 'cepro.attempt': 2 } };

let collector: Collector;
const lines: Record<string, unknown>[] = [];
let logger: Logger;

beforeAll(async () => {
  collector = await startCollector();
  logger = pino({}, new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  }));
});
afterAll(() => collector.stop());

async function aTracer(settings: Partial<TraceSettings> = {}) {
  const tracer = await startTracer({
    serviceName: 'event-router', url: `${collector.url}/v1/traces`, headers: {}, sampler: 'parentbased_always_on', ratio: 1, resource: {}, ...settings,
  }, logger);
  if (!tracer) throw new Error('there is no tracer');
  return tracer;
}

describe('a tracer', () => {
  it('is none where nobody wants to hear', async () => expect(await startTracer(undefined, logger)).toBeUndefined());

  it('is none where it can not be had, which is told, and stops nothing', async () => {
    await expect(aTracer({ url: 'nowhere' })).rejects.toThrow('there is no tracer');
    expect(lines.at(-1)).toMatchObject({ level: 50, msg: 'traces can not be told of; the rest goes on without', reason: expect.stringMatching(/\S/) });
  });

  it('says at the start to whom it tells, without what may be a key', async () => {
    const tracer = await aTracer({ url: `${collector.url}/hidden-path?key=hidden-key` });
    await tracer.stop();
    expect(lines.at(-1)).toMatchObject({ msg: 'telling of traces', collector: collector.url });
    expect(JSON.stringify(lines)).not.toContain('hidden-');
  });

  it('tells of a span in the trace of its parent', async () => {
    const tracer = await aTracer({ headers: { authorization: 'Bearer t0ken' }, resource: { 'deployment.environment.name': 'test' } });
    const begun = tracer.start({ ...span, startedAt: Date.parse('2026-03-08T14:30:00.123Z') }, parentOf('01', 'vendor=1'));
    expect(traceIdOf(begun.context)).toBe(traceId);
    expect(begun.context).toEqual({ traceparent: expect.stringMatching(/-01$/), tracestate: 'vendor=1' });
    begun.end({ attributes: { 'cepro.deliveries': 3 }, failed: 'unknown-type' });
    await tracer.stop();
    expect(collector.spans).toEqual([{
      traceId, spanId: begun.context.traceparent.slice(36, 52), parentSpanId: 'b7ad6b7169203331', traceState: 'vendor=1', name: 'route CEPRO_EVENTS', kind: 5,
      startedAt: Date.parse('2026-03-08T14:30:00.123Z'), endedAt: expect.any(Number), attributes: { ...span.attributes, 'cepro.deliveries': 3 },
      statusCode: 2, statusMessage: 'unknown-type', resource: { 'deployment.environment.name': 'test', 'service.name': 'event-router' },
    }]);
    expect(collector.told).toMatchObject([{ path: '/v1/traces', headers: { authorization: 'Bearer t0ken', 'content-type': 'application/x-protobuf' } }]);
    expect(JSON.stringify(lines)).not.toContain('t0ken');
  });

  it('begins a trace where there is none, and tells of it without being asked to', async () => {
    const tracer = await aTracer();
    const begun = tracer.start({ ...span, name: 'a root' }, undefined);
    begun.end();
    const [told] = await collector.waitFor(1, ({ name }) => name === 'a root');
    expect(told).toMatchObject({ traceId: traceIdOf(begun.context), parentSpanId: '', statusCode: 0 });
    await tracer.stop();
  });

  it.each([
    ['parentbased_always_on', 1, '00', false], ['parentbased_always_on', 1, undefined, true], ['parentbased_always_off', 1, undefined, false],
    ['parentbased_always_off', 1, '01', true], ['parentbased_traceidratio', 0, undefined, false], ['parentbased_traceidratio', 0, '01', true],
    ['always_on', 1, '00', true], ['always_off', 1, '01', false], ['traceidratio', 0, '01', false], ['traceidratio', 1, '00', true],
  ] as const)('by the sampler %s, %d, tells of what follows %s: %s; the trace goes on in any case', async (sampler, ratio, flags, isTold) => {
    const tracer = await aTracer({ sampler, ratio });
    const name = `${sampler} ${ratio} ${flags}`;
    const begun = tracer.start({ ...span, name }, flags && parentOf(flags));
    begun.end();
    await tracer.stop();
    expect(collector.spans.filter((each) => each.name === name)).toHaveLength(isTold ? 1 : 0);
    expect(begun.context.traceparent).toMatch(isTold ? /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/ : /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    if (flags) expect(traceIdOf(begun.context)).toBe(traceId);
  });
});

describe('trouble with the collector', () => {
  const complaints = () => lines.filter(({ msg }) => String(msg).startsWith('there is trouble with telling of traces'));

  it('is one line, however often it happens, and nothing else', async () => {
    collector.behave('refuse');
    const tracer = await aTracer();
    const before = { complaints: complaints().length, told: collector.told.length };
    for (let n = 1; n <= 3; n += 1) {
      tracer.start({ ...span, name: 'refused' }, undefined).end();
      await eventually(() => expect(collector.told.length).toBe(before.told + n));
    }
    await tracer.stop();
    collector.behave('take');
    expect(complaints().length - before.complaints).toBe(1);
    expect(complaints().at(-1)).toMatchObject({ level: 40, reason: expect.stringMatching(/\S/) });
  });

  it('is told with the collector\'s own words', async () => {
    collector.behave('part');
    const tracer = await aTracer();
    tracer.start({ ...span, name: 'in part' }, undefined).end();
    await tracer.stop();
    collector.behave('take');
    expect(complaints().at(-1)!['reason']).toMatch(/Partial Success.*too many/);
  });

  it('is told with all that is known of it, without bytes, and never at length', async () => {
    const tracer = await aTracer();
    diag.createComponentLogger({ namespace: 'a part of it' }).warn('has failed', new Error('for this reason'), Buffer.from('hidden'), 'x'.repeat(1_000));
    await tracer.stop();
    expect(complaints().at(-1)!['reason']).toMatch(/^a part of it has failed for this reason x{100,}$/);
    expect(complaints().at(-1)!['reason']).toHaveLength(300);
  });

  it.each([['refuse', /Bad Request/], ['hang', /not taken within 3000 ms/]] as const)('while stopping is told too, however lately there was other trouble: %s', async (behaviour, reason) => {
    const tracer = await aTracer();
    diag.warn('other trouble');
    diag.warn('more of it');
    collector.behave(behaviour);
    tracer.start({ ...span, name: 'the last' }, undefined).end();
    await tracer.stop();
    collector.behave('take');
    expect(complaints().slice(-2)).toMatchObject([{ reason: 'other trouble', unsaid: 0 }, { reason: expect.stringMatching(reason), unsaid: 1 }]);
  });

  it('while stopping is told too where it is with what was sent before', async () => {
    const tracer = await aTracer();
    diag.warn('other trouble');
    const stopping = tracer.stop();
    diag.warn('the last trouble');
    await stopping;
    expect(complaints().slice(-2)).toMatchObject([{ reason: 'other trouble' }, { reason: 'the last trouble' }]);
  });

  it('holds up neither the work nor the end', async () => {
    collector.behave('hang');
    const tracer = await aTracer();
    for (let n = 0; n < 5_000; n += 1) tracer.start({ ...span, name: 'hung' }, undefined).end();
    await tracer.stop();
    collector.behave('take');
    await eventually(() => expect(collector.hanging).toBe(0));
    // What was dropped, or not answered, is not told later.
    const other = await aTracer();
    other.start({ ...span, name: 'after' }, undefined).end();
    await other.stop();
    expect(collector.spans.filter(({ name }) => name === 'hung')).toEqual([]);
    expect(collector.spans.filter(({ name }) => name === 'after')).toHaveLength(1);
  });

  it('keeps no more spans than may wait, and drops the rest', async () => {
    collector.behave('hang');
    const tracer = await aTracer();
    const before = collector.told.length;
    for (let n = 0; n < 5_000; n += 1) tracer.start({ ...span, name: 'kept' }, undefined).end();
    await eventually(() => expect(collector.told.length).toBeGreaterThan(before));
    collector.behave('take');
    // The first request is given up in the end, and then the others are made.
    await eventually(() => expect(collector.spans.filter(({ name }) => name === 'kept').length).toBeGreaterThanOrEqual(2_048));
    await tracer.stop();
    expect(collector.told.slice(before).flatMap(({ body }) => readSpans(body))).toHaveLength(512 + 2_048);
  });

  it('leaves no more than five requests without an answer, however many have failed before', async () => {
    const tracer = await aTracer();
    const more = () => {
      for (let n = 0; n < 600; n += 1) tracer.start({ ...span, name: 'failing' }, undefined).end();
    };
    collector.behave('refuse');
    for (let n = 0; n < 30; n += 1) {
      const { length } = collector.told;
      more();
      await eventually(() => expect(collector.told.length).toBeGreaterThan(length), { intervalMs: 5 });
    }
    collector.behave('hang');
    const { length } = collector.told;
    for (let n = 0; n < 40; n += 1) {
      more();
      await new Promise(setImmediate);
    }
    await tracer.stop();
    const unanswered = collector.told.length - length;
    collector.behave('take');
    expect(unanswered).toBeGreaterThan(1);
    expect(unanswered).toBeLessThanOrEqual(5);
  });
});
