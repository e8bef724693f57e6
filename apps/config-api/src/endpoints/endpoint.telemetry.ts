import { systemDisabledReasons, type EndpointEvent, type EndpointState } from '@cepro/contracts';
import type { Logger } from '@cepro/service';
import { Counter } from 'prom-client';
import type { EndpointAddress, StoredChange } from './endpoint.store.ts';

const changes = new Counter({
  name: 'webhooks_endpoint_changes_total',
  help: 'Changes to endpoints that this process stored, by what happened',
  labelNames: ['change'],
});
const autoDisabled = new Counter({
  name: 'webhooks_endpoints_auto_disabled_total',
  help: 'Endpoints that this process has switched off of its own accord, by reason',
  labelNames: ['reason'],
});
// What has not happened yet is 0: a rate needs something to begin with.
for (const reason of systemDisabledReasons) autoDisabled.inc({ reason }, 0);

/** Reports what a command has made happen to an endpoint: the metric, and one line. */
export function endpointChanged(logger: Logger, { accountId, endpointId }: EndpointAddress, { state, version, events }: StoredChange): void {
  if (events.length === 0) return;
  for (const event of events) {
    changes.inc({ change: event.type });
    if (event.type === 'disabled' && event.reason !== 'user') autoDisabled.inc({ reason: event.reason });
  }
  logger.info({ accountId, endpointId, version, ...detailsOf(state, events) }, 'endpoint changed');
}

/** A URL's path and query may hold a receiver's key, so only the host is told. */
function detailsOf(state: EndpointState, events: readonly EndpointEvent[]) {
  const what = { changes: events.map(({ type }) => type) };
  if (state.status !== 'live') return what;
  const { url, events: subscribed, active } = state.endpoint;
  return { ...what, host: URL.parse(url)?.host, events: subscribed, active };
}
