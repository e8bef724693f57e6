import { Gauge } from 'prom-client';
import type { Logger } from '@cepro/service';
import type { Balance } from '../ledger/balance.ts';

const unaccounted = new Gauge({
  name: 'webhooks_ledger_unaccounted',
  help: 'Events and deliveries that do not add up behind the settled horizon, by kind; 0 for each unless something was lost',
  labelNames: ['kind'],
});
const events = new Gauge({ name: 'webhooks_ledger_events', help: 'Accepted events since the ledger began, by what became of them', labelNames: ['state'] });
const deliveries = new Gauge({
  name: 'webhooks_ledger_deliveries',
  help: 'Deliveries since the ledger began, by who asked for them and what became of them',
  labelNames: ['by', 'state'],
});
const retriesWaiting = new Gauge({ name: 'webhooks_retries_waiting', help: 'Deliveries that have failed so far and wait for their next attempt, as of the last balance' });
// Nobody knows before the first one.
retriesWaiting.remove();
const balancedAt = new Gauge({
  name: 'webhooks_ledger_balance_timestamp_seconds',
  help: 'When the books were last balanced, in seconds since the epoch; before the first time, when the process began',
});
balancedAt.setToCurrentTime();

/** A balance was drawn. Says so when there is something new that does not add up, or nothing any more. */
export function balanceDrawn(logger: Logger, balance: Balance, before: Balance | undefined): void {
  for (const [kind, count] of Object.entries(balance.unaccounted)) unaccounted.set({ kind }, count);
  const unusable = Object.values(balance.events.unusable).reduce((sum, count) => sum + count, 0);
  events.set({ state: 'routed' }, balance.events.routed);
  events.set({ state: 'unusable' }, unusable);
  events.set({ state: 'waiting' }, balance.events.waiting);
  const { byEvent, byHand, earlier, retrying } = balance.deliveries;
  retriesWaiting.set(retrying);
  for (const [by, { ended, pending }] of [['event', byEvent], ['hand', byHand], ['earlier', earlier]] as const) {
    deliveries.set({ by, state: 'pending' }, pending);
    for (const [state, count] of Object.entries(ended)) deliveries.set({ by, state }, count);
  }
  balancedAt.set(Date.parse(balance.at) / 1_000);
  const grew = Object.entries(balance.unaccounted).some(([kind, count]) => count > (before?.unaccounted[kind as keyof Balance['unaccounted']] ?? 0));
  if (grew) logger.error({ unaccounted: balance.unaccounted, examples: balance.examples.slice(0, 10) }, 'something is not accounted for; see docs/runbooks/ledger.md');
  else if (balance.balanced && before && !before.balanced) logger.info('everything is accounted for again');
}
