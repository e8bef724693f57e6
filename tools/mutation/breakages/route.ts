import type { Breakage } from '../breakage.ts';

const router = 'apps/event-router/src/route';

/** From the event to the delivery on record. */
export const routeBreakages: readonly Breakage[] = [
  {
    name: 'publisher-without-id',
    breaks: 'Within ten minutes one id gives one event: a publisher that tries again would make a second one.',
    edits: [{ file: 'libs/publisher/src/publisher.ts', text: '      msgID: msgId,\n', instead: '' }],
    tests: { file: 'libs/publisher/test/publisher.int.spec.ts', names: ['stores one id once'] },
  },
  {
    name: 'router-acks-first',
    breaks: 'No event is lost: a router that dies after the acknowledgement and before its deliveries are stored would lose it.',
    edits: [{ file: `${router}/route.consumer.ts`, text: 'await this.service.route(message,', instead: 'message.ack();\n      await this.service.route(message,' }],
    tests: { file: 'apps/e2e/test/kill-router.int.spec.ts', names: ['before it has scheduled anything', 'between two deliveries of an event'] },
  },
  {
    name: 'delivery-without-dedupe-id',
    breaks: 'No event is scheduled twice: one that comes again after its router died would be.',
    edits: [{ file: `${router}/route.service.ts`, text: 'deliveryMsgId.scheduled(deliveryId);', instead: 'deliveryMsgId.scheduled(deliveryId) + Math.random();' }],
    tests: { file: 'apps/e2e/test/kill-router.int.spec.ts', names: ['before it acknowledges the first event'] },
  },
  {
    name: 'delivery-id-at-random',
    breaks: 'A delivery\'s id is a pure function of event and endpoint: otherwise no receiver could drop what comes twice.',
    edits: [{ file: 'libs/contracts/src/ids.ts', text: 'digest(eventId, endpointId)', instead: 'randomBytes(10)' }],
    tests: { file: 'libs/contracts/src/ids.spec.ts' },
  },
  {
    name: 'late-event-trusts-the-window',
    breaks: 'No event is scheduled twice, also one that comes again after the server has forgotten its deliveries\' ids.',
    edits: [{ file: `${router}/route.service.ts`, text: 'if (late && (await find())) return;', instead: 'if (late && (await find()) === -1) return;' }],
    tests: { file: 'apps/event-router/test/late.int.spec.ts' },
  },
  {
    name: 'router-does-not-ask',
    breaks: 'An event published after an endpoint was saved is routed by what was saved, however far behind the router is.',
    edits: [{ file: `${router}/route.consumer.ts`, text: 'await this.#follower.current(', instead: 'void this.#follower.current(' }],
    tests: { file: 'apps/e2e/test/stood-still.int.spec.ts', names: ['a router'] },
  },
  {
    name: 'events-for-nobody-leave-no-trace',
    breaks: 'Of every event it is on record what became of it, also where nobody listened.',
    edits: [{ file: `${router}/route.service.ts`, text: 'await note(deliveries.length, null);', instead: 'if (deliveries.length > 0) await note(deliveries.length, null);' }],
    tests: { file: 'apps/event-router/test/garbage.int.spec.ts', names: ['is told from one that nobody listens for'] },
  },
  {
    name: 'router-forgets-dead-letters',
    breaks: 'What can\'t be routed is kept for people to look at, also if the router dies with it.',
    edits: [{ file: `${router}/dead-letters.client.ts`, text: 'await store(publisher, letter,', instead: 'void store(publisher, letter,' }],
    tests: { file: 'apps/e2e/test/kill-router.int.spec.ts', names: ['before it has put aside'] },
  },
  {
    name: 'ledger-counts-twice',
    breaks: 'The books count an event once, however often its routing is noted.',
    edits: [{ file: 'apps/ledger/src/ledger/ledger.ts', text: 'if (!this.#coverage.add(sequence)) return;', instead: 'this.#coverage.add(sequence);' }],
    tests: { file: 'apps/ledger/src/ledger/ledger.spec.ts' },
  },
  {
    name: 'disabled-endpoint-is-matched',
    breaks: 'Switching an endpoint off stops deliveries: an event of that time would be scheduled for it.',
    edits: [{ file: `${router}/subscriptions.ts`, text: 'if (endpoint) endpoint.active = false;', instead: '' }],
    tests: { file: 'apps/event-router/src/route/subscriptions.spec.ts' },
  },
];
