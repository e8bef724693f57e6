import { absentEndpoint, evolveEndpoint, type EndpointEvent, type EndpointState } from '@cepro/contracts';
import { ConfigFollower } from '@cepro/jetstream';
import { open, seal, sealedWith, type KeyRing } from '@cepro/secrets';
import { reasonOf, type Logger } from '@cepro/service';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decide } from './endpoint-decider.ts';
import { EndpointStore } from './endpoint.store.ts';
import { endpointChanged } from './endpoint.telemetry.ts';

export interface ResealCounts {
  /** Sealed anew. */
  readonly resealed: number;
  /** Sealed with the first key already. */
  readonly upToDate: number;
  /** Could not be opened, or not be stored. Each has a line in the log. */
  readonly failed: number;
}

/**
 * Seals the secret of every live endpoint with the ring's first key, unless it is already. May be run again at any time,
 * while the services run: each endpoint is changed through the same store, against its version.
 */
export async function resealAll(nats: NatsConnection, ring: KeyRing, logger: Logger): Promise<ResealCounts> {
  const store = new EndpointStore(() => Promise.resolve(nats), logger);
  const counts = { resealed: 0, upToDate: 0, failed: 0 };
  for (const state of await readAll(nats, logger)) {
    if (state.status !== 'live') continue;
    const address = { accountId: state.endpoint.accountId, endpointId: state.endpoint.id };
    try {
      const change = await store.update(address, (current) => reseal(current, ring));
      endpointChanged(logger, address, change);
      counts[change.events.length > 0 ? 'resealed' : 'upToDate'] += 1;
    } catch (error) {
      counts.failed += 1;
      logger.error({ ...address, reason: reasonOf(error) }, 'a secret could not be sealed anew');
    }
  }
  return counts;
}

/** What makes an endpoint's secret sealed with the ring's first key; nothing for one that is gone meanwhile. */
function reseal(state: EndpointState, ring: KeyRing): EndpointEvent[] {
  if (state.status !== 'live') return [];
  const { id: endpointId, accountId, sealedSecret } = state.endpoint;
  if (sealedWith(sealedSecret) === ring.sealingKid) return [];
  const secret = open(ring, sealedSecret, { accountId, endpointId });
  return decide({ type: 'reseal', at: new Date().toISOString(), sealedSecret: seal(ring, secret, { accountId, endpointId }) }, state);
}

async function readAll(nats: NatsConnection, logger: Logger): Promise<EndpointState[]> {
  const states = new Map<string, EndpointState>();
  const tooLarge = Promise.withResolvers<never>();
  const follower = new ConfigFollower({
    apply: (change) => states.set(change.endpointId, evolveEndpoint(states.get(change.endpointId) ?? absentEndpoint, change)),
    onUnreadable: (subject, reason) => logger.error({ subject, reason }, 'a configuration message can not be read; passed over'),
    onInterrupted: (error) => logger.warn({ reason: reasonOf(error) }, 'reading was interrupted; trying again'),
    forget: () => states.clear(),
    onHeld: (reason) => tooLarge.reject(new Error(reason)),
  });
  const stop = new AbortController();
  const running = follower.run(jetstream(nats), stop.signal);
  await Promise.race([follower.caughtUp, running, tooLarge.promise]).finally(() => stop.abort());
  await running;
  return [...states.values()];
}
