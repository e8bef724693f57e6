import type { Balance, OrdersBalance } from './balance.ts';
import type { Unaccounted } from './ledger.ts';

/** A balance for a terminal. */
export function balanceTable({ events, deliveries, deadLetters, unaccounted }: Balance): string {
  const rows: [what: string, count: number | string][] = [
    ['events routed', events.routed],
    ...named('events put aside', events.unusable),
    ['events waiting for the router', events.waiting],
    ['deliveries that they call for', deliveries.expected],
    ...ordersRows('deliveries', deliveries.byEvent),
    ...ordersRows('retries by hand', deliveries.byHand),
    ...(deliveries.earlier.ordered > 0 ? ordersRows('deliveries of earlier events', deliveries.earlier) : []),
    ['deliveries that wait for a retry', deliveries.retrying],
    ...named('dead letters', deadLetters),
    ...Object.entries(unaccounted).map(([kind, count]): [string, number] => [`unaccounted, ${kind}`, count]),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, count]) => `${what.padEnd(width)}  ${String(count).padStart(10)}`).join('\n');
}

/** What does not add up, in words. `event` names the event of an `unrouted` one. */
export function wordsFor(fault: Unaccounted, event = ''): string {
  switch (fault.kind) {
    case 'unrouted':
      return `event ${fault.from === fault.to ? fault.from : `${fault.from} to ${fault.to}`}${event && `, ${event},`} was acknowledged, and nobody noted what became of it`;
    case 'unscheduled':
      return `event ${fault.eventId} (${fault.sequence}) matched ${fault.endpointId}, and no delivery was scheduled: ${fault.deliveryId} is missing`;
    case 'unwarranted':
      return `delivery ${fault.deliveryId} (${fault.sequence}) of event ${fault.eventId} was scheduled for ${fault.endpointId}, which does not match it`;
    case 'unfinished':
      return `delivery ${fault.deliveryId} (${fault.sequence}) of event ${fault.eventId} to ${fault.endpointId} did not come to its end, and nobody goes on with it`;
    case 'doubled':
      return `delivery ${fault.deliveryId} (${fault.sequence}) of event ${fault.eventId} to ${fault.endpointId} was scheduled again before it had ended`;
    case 'unreadable':
      return `${fault.stream} ${fault.sequence} can not be read: it is garbage, or a newer version wrote it`;
    case 'unreasoned':
      return `event ${fault.sequence} was put aside, and no dead letter says why`;
  }
}

function ordersRows(what: string, { ordered, pending, ended }: OrdersBalance): [string, number][] {
  return [[`${what}, all`, ordered], [`${what}, pending`, pending], ...named(what, ended)];
}

function named(what: string, counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).map(([name, count]) => [`${what}, ${name}`, count]);
}
