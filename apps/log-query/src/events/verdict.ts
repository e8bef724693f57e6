import {
  absentEndpoint, evolveEndpoint, judge, verdicts, type EndpointChange, type EndpointState, type EventType, type Judgement, type Verdict,
} from '@cepro/contracts';

/** Why an endpoint got an event, or did not, when it was routed. */
export const eventVerdicts = [...verdicts, 'created-later', 'deleted'] as const satisfies readonly (Verdict | string)[];

/** What is known of an endpoint: as it was when an event was routed, and as it is. */
export interface EndpointPast {
  readonly then: EndpointState;
  readonly now: EndpointState;
}

/** An endpoint's verdict on an event. */
export interface PastVerdict extends Omit<Judgement, 'verdict'> {
  readonly endpointId: string;
  /** As it was; the present one if it was created later, and none if it is deleted. */
  readonly url: string | null;
  readonly verdict: (typeof eventVerdicts)[number];
}

/** The past of an endpoint with one more change; `configVersion` is the one by which the event was routed. */
export function evolvePast(past: EndpointPast | undefined, change: EndpointChange, configVersion: number): EndpointPast {
  const { then, now } = past ?? { then: absentEndpoint, now: absentEndpoint };
  const after = evolveEndpoint(now, change);
  return { then: change.version <= configVersion ? after : then, now: after };
}

/**
 * Why an endpoint got an event of that type, or did not; `undefined` if there never was such an endpoint, or none any
 * more by the time the event was routed.
 *
 * `delivered`: the log has the delivery. Then it was scheduled, whatever the configuration says: a router that died half way
 * had read another version than the one that went on for it. Of an endpoint that is deleted nothing is said but that, from
 * the deletion on: what else there was is being erased.
 */
export function explain({ then, now }: EndpointPast, type: EventType, delivered: boolean): PastVerdict | undefined {
  if (now.status === 'absent') return undefined;
  if (now.status === 'deleted') {
    if (then.status === 'deleted' && !delivered) return undefined;
    return { endpointId: now.id, url: null, verdict: 'deleted', since: now.deletedAt, disabledReason: null };
  }
  const { id: endpointId, url, createdAt } = now.endpoint;
  const was = then.status === 'live' ? then.endpoint : undefined;
  const common = { endpointId, url: was?.url ?? url };
  if (delivered) return { ...common, verdict: 'scheduled', since: null, disabledReason: null };
  if (!was) return { ...common, verdict: 'created-later', since: createdAt, disabledReason: null };
  return { ...common, ...judge(was, type) };
}
