import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deliveryMsgId, deliverySubject, traceHeaders } from '@cepro/contracts';
import { toHeaders } from '@cepro/jetstream';
import { createLogger, startTracer } from '@cepro/service';
import { startCollector, type Collector } from '@cepro/testkit';
import { DeliveriesProjection } from './deliveries.projection.ts';

const endpointId = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const deliveryId = 'dlv_0195e3d1-8e12-7abc-9e55-0123456789ab';
const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.stop());

function anAttempt(seq: number, attempt: number) {
  return {
    seq, subject: deliverySubject('n', 3, endpointId, 'attempted'), data: Buffer.from('{}'), time: new Date(),
    headers: toHeaders({ 'Nats-Msg-Id': deliveryMsgId.attempted(deliveryId, attempt), ...traceHeaders(trace) }),
  };
}

it('an attempt is told of once, also when it is stored again since the log is rebuilt', async () => {
  const logger = createLogger('log-query', 'fatal');
  const tracer = await startTracer({
    serviceName: 'log-query', url: `${collector.url}/v1/traces`, headers: {}, sampler: 'parentbased_always_on', ratio: 1, resource: {},
  }, logger);
  const projection = new DeliveriesProjection(30, logger, () => undefined, tracer);
  projection.stored([anAttempt(7, 1), anAttempt(9, 2)], Date.now());
  projection.stored([anAttempt(7, 1), anAttempt(9, 2), anAttempt(10, 3)], Date.now());
  await tracer!.stop();
  expect(collector.spans.map(({ attributes }) => attributes['messaging.message.id'])).toEqual([1, 2, 3].map((attempt) => deliveryMsgId.attempted(deliveryId, attempt)));
});
