import type { Breakage } from '../breakage.ts';

const worker = 'apps/delivery-worker/src';
const killWorker = 'apps/e2e/test/kill-worker.int.spec.ts';
const webhookClient = 'apps/delivery-worker/test/webhook.client.int.spec.ts';

/** A delivery's life in the worker: attempts, their numbers, their record, their time. */
export const deliverBreakages: readonly Breakage[] = [
  {
    name: 'attempt-from-delivery-count',
    breaks: 'Attempt numbers have no gap: a message\'s delivery count also rises when a worker dies.',
    edits: [{
      file: `${worker}/deliver/deliver.service.ts`, text: '{ deliveryId, eventType, attempt, body, trace }', instead: '{ deliveryId, eventType, attempt: manual ? attempt : message.deliveryCount, body, trace }',
    }],
    tests: { file: killWorker, names: ['after the first request and before its attempt is recorded'] },
  },
  {
    name: 'worker-acks-first',
    breaks: 'Every attempt is on record: a worker that dies after the acknowledgement would leave a delivery that nobody goes on with.',
    edits: [{
      file: `${worker}/deliver/deliver.service.ts`, text: 'const recorded = await this.history.record(',
      instead: 'if (!made.attempt.nextAttemptAt) message.ack();\n    const recorded = await this.history.record(',
    }],
    tests: { file: killWorker, names: ['after the last attempt and before it is recorded', 'after a later request and before its attempt is recorded'] },
  },
  {
    name: 'attempt-without-dedupe-id',
    breaks: 'Attempt numbers have no repeat: what a dead worker had recorded would not be found, and be made again.',
    edits: [{ file: `${worker}/deliver/history.client.ts`, text: 'deliveryMsgId.attempted(attempt.deliveryId, attempt.attempt);', instead: 'deliveryMsgId.attempted(attempt.deliveryId, attempt.attempt) + Math.random();' }],
    tests: { file: killWorker, names: ['after a failure is recorded and before it is saved that a retry is due'] },
  },
  {
    name: 'retry-state-is-believed',
    breaks: 'Attempt numbers come from the record: the state that was saved for a retry says nothing of what another worker did since.',
    edits: [{ file: `${worker}/deliver/history.client.ts`, text: 'return await this.#fromRecord(js, shards, request, known, Date.now());', instead: 'return known;' }],
    tests: { file: `apps/delivery-worker/test/history.int.spec.ts`, names: ['has the attempt that was recorded meanwhile'] },
  },
  {
    name: 'diverted-twice',
    breaks: 'A delivery has one message that goes on with it: that of a worker which died after handing it over would go on too.',
    edits: [{ file: `${worker}/deliver/history.client.ts`, text: '(await this.#wasDiverted(js, shards, request, message))', instead: '(await this.#wasDiverted(js, shards, request, message)) === undefined' }],
    tests: { file: killWorker, names: ['after a delivery is diverted and before the message'] },
  },
  {
    name: 'retry-without-delay',
    breaks: 'A retry waits in the server: without the delay it would come and go, as fast as the server gives it out.',
    edits: [{ file: `${worker}/deliver/deliver.consumer.ts`, text: 'message.nak(verdict.afterMs)', instead: 'message.nak()' }],
    tests: { file: 'apps/e2e/test/waiting-retries.int.spec.ts', names: ['is left alone'] },
  },
  {
    name: 'retry-delay-in-fractions',
    breaks: 'A retry waits in the server, which takes a delay with a fraction for none.',
    edits: [{ file: 'libs/jetstream/src/work-message.ts', text: '${Math.ceil(afterMs)}', instead: '${afterMs}' }],
    tests: { file: 'libs/jetstream/src/work-message.spec.ts' },
  },
  {
    name: 'retry-schedule-off-by-one',
    breaks: 'Retries come about 10, 60 and 300 seconds after the failure before.',
    edits: [{ file: `${worker}/deliver/retry-schedule.ts`, text: 'schedule.delaysMs[attempt - 1]', instead: 'schedule.delaysMs[attempt]' }],
    tests: { file: 'apps/delivery-worker/src/deliver/retry-schedule.spec.ts' },
  },
  {
    name: 'cancelled-retry-wakes',
    breaks: 'Switching an endpoint off cancels what waits, though it is on again before that is due.',
    edits: [{ file: `${worker}/deliver/delivery.ts`, text: '!endpoint.active || endpoint.lastDisabledVersion > request.configVersion', instead: '!endpoint.active' }],
    tests: { file: 'apps/e2e/test/waiting-retries.int.spec.ts', names: ['is cancelled when the endpoint is switched off'] },
  },
  {
    name: 'configuration-version-ignored',
    breaks: 'No delivery is lost: a worker that does not know the endpoint yet would take it for deleted.',
    edits: [{ file: `${worker}/deliver/deliver.consumer.ts`, text: 'this.configuration.knows(request.configVersion)', instead: 'this.configuration.knows(0)' }],
    tests: { file: 'apps/e2e/test/stood-still.int.spec.ts', names: ['a worker'] },
  },
  {
    name: 'stale-message-is-sent',
    breaks: 'Only requests in flight are repeated: what waited in a worker for too long has been given to another one.',
    edits: [{ file: `${worker}/deliver/deliver.consumer.ts`, text: 'if (this.#hasStalled(ackWaitMs) || ageMs > stalePart * ackWaitMs) return;\n', instead: '' }],
    tests: { file: 'apps/e2e/test/kill-gently.int.spec.ts', names: ['a worker that the server has waited too long for'] },
  },
  {
    name: 'worker-forgets-dead-letters',
    breaks: 'A delivery that can\'t be read is kept for people to look at, also if the worker dies with it.',
    edits: [{ file: `${worker}/deliver/deliver.service.ts`, text: 'await store(publisher, letter,', instead: 'void store(publisher, letter,' }],
    tests: { file: killWorker, names: ['before a delivery is put aside'] },
  },
  {
    name: 'redirects-followed',
    breaks: 'Redirects are not followed: 3xx is a failure, and where it leads was checked by nobody.',
    edits: [
      { file: `${worker}/send/webhook.client.ts`, text: 'import { Agent }', instead: 'import { Agent, interceptors }' },
      { file: `${worker}/send/webhook.client.ts`, text: 'this.#agent.dispatch(', instead: 'this.#agent.compose(interceptors.redirect({ maxRedirections: 3 })).dispatch(' },
    ],
    tests: { file: webhookClient, names: ['is told as it is, and followed nowhere'] },
  },
  {
    name: 'response-without-bound',
    breaks: 'A receiver takes no memory: of an answer no more than 16 KiB is read.',
    edits: [{ file: `${worker}/send/response-body.ts`, text: 'const room = this.limit - this.#size;', instead: 'const room = Number.MAX_SAFE_INTEGER;' }],
    tests: { file: 'apps/delivery-worker/src/send/response-body.spec.ts' },
  },
  {
    name: 'deadline-for-headers-only',
    breaks: 'The answer must be complete within the deadline: a receiver that sends its body byte by byte would hold a place.',
    edits: [{ file: `${worker}/send/webhook.client.ts`, text: '() => answer.breakOff(\'timeout\')', instead: '() => answer.statusCode ?? answer.breakOff(\'timeout\')' }],
    tests: { file: webhookClient, names: ['byte by byte, though it never pauses for long'] },
  },
  {
    name: 'signature-over-json-made-anew',
    breaks: 'What is signed are the bytes that are sent, and not JSON that says the same.',
    edits: [{ file: 'libs/signing/src/webhook-request.ts', text: 'signCePro(key, body)', instead: 'signCePro(key, JSON.stringify(JSON.parse(String(Buffer.from(body as Uint8Array)))))' }],
    tests: { file: 'apps/e2e/test/promise-request.int.spec.ts', names: ['arrives as it was published'] },
  },
  {
    name: 'id-of-the-attempt',
    breaks: '`X-Webhook-ID` is the same for every attempt: receivers drop repeats by it.',
    edits: [{ file: 'libs/signing/src/webhook-request.ts', text: '\'X-Webhook-ID\': deliveryId,', instead: '\'X-Webhook-ID\': `${deliveryId}-${attempt}`,' }],
    tests: { file: 'libs/signing/src/webhook-request.spec.ts' },
  },
];
