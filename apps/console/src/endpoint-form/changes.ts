import type { EndpointFields } from '../api/queries.ts';

/**
 * The fields that differ: only these are saved, so that what others have changed meanwhile stays, such as the system when it
 * has disabled the endpoint.
 */
export function changesOf(before: EndpointFields, after: EndpointFields): Partial<EndpointFields> {
  const sameEvents = before.events.length === after.events.length && before.events.every((event) => after.events.includes(event));
  return {
    ...(before.url !== after.url && { url: after.url }),
    ...(!sameEvents && { events: after.events }),
    ...(before.active !== after.active && { active: after.active }),
    ...(before.description !== after.description && { description: after.description }),
    ...(before.rateLimit !== after.rateLimit && { rateLimit: after.rateLimit }),
  };
}
