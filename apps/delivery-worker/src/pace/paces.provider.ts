import { Gauge } from 'prom-client';
import type { Logger } from '@cepro/service';
import type { Config } from '../config.ts';
import { Paces } from './paces.ts';

/** An endpoint that nothing is known of may hold this share of a worker's places, and a slow one that of it in the normal lane. */
const initialShare = 1 / 32;
const slowShareOfInitial = 1 / 4;
/** Healthy receivers answer in less; one that takes longer needs so many places for its deliveries that others would miss them. */
const quickMs = 1_000;

/** The paces of a worker's endpoints, shown as metrics and told of in the log. */
export function createPaces(config: Config, logger: Logger): Paces {
  const initialLimit = Math.max(1, Math.min(Math.ceil(config.DELIVERY_CONCURRENCY * initialShare), config.DELIVERY_ENDPOINT_CONCURRENCY));
  const paces = new Paces({
    rules: {
      initialLimit,
      maxLimit: config.DELIVERY_ENDPOINT_CONCURRENCY,
      quickMs,
      slowShare: Math.max(1, Math.floor(initialLimit * slowShareOfInitial)),
      failuresToOpen: config.DELIVERY_CIRCUIT_FAILURES,
      maxPauseMs: config.DELIVERY_RETRY_AFTER_MAX_MS,
    },
    // Most places are for what is in flight.
    maxWaiting: Math.ceil(config.DELIVERY_CONCURRENCY / 4),
    onCircuit: (endpointId, state) => logger.info({ endpointId }, state === 'open' ? 'circuit opened' : 'circuit closed'),
  });
  new Gauge({ name: 'webhooks_circuits_open', help: 'Endpoints whose circuit is open', collect() { this.set(paces.open); } });
  new Gauge({ name: 'webhooks_deliveries_in_turn', help: 'Deliveries in hand that wait for their endpoint', collect() { this.set(paces.waiting); } });
  return paces;
}
