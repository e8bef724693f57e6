import type { Breakage } from '../breakage.ts';

const log = 'apps/log-query/src';
const projector = 'libs/projection/src/projector.ts';

/** The views in Postgres, what they answer, and that nothing stays of what was deleted. */
export const logBreakages: readonly Breakage[] = [
  {
    name: 'checkpoint-outside-the-transaction',
    breaks: 'A crash neither loses nor doubles a row: rows and position are stored together.',
    edits: [{ file: projector, text: 'await this.projection.apply(manager, fresh)', instead: 'await this.projection.apply(this.source.manager, fresh)' }],
    tests: { file: 'apps/log-query/test/crash.int.spec.ts', names: ['before it has stored its position', 'just before COMMIT'] },
  },
  {
    name: 'projector-takes-what-it-has-seen',
    breaks: 'Each message is taken once, by whichever of several replicas.',
    edits: [{ file: projector, text: 'messages.filter(({ seq }) => seq > stored)', instead: 'messages.filter(({ seq }) => seq > 0)' }],
    tests: { file: 'libs/projection/test/projector.int.spec.ts' },
  },
  {
    name: 'projectors-do-not-take-turns',
    breaks: 'Each message is taken once: of two replicas the second waits until the first has stored its position.',
    edits: [{ file: projector, text: 'this.#storedPosition(manager, \'FOR UPDATE\')', instead: 'this.#storedPosition(manager)' }],
    tests: { file: 'libs/projection/test/projector.int.spec.ts' },
  },
  {
    name: 'ready-before-caught-up',
    breaks: 'A service is not ready before it has caught up: its answers would lack most of it.',
    edits: [
      { file: projector, text: '#problem: string | undefined = \'not caught up yet\';', instead: '#problem: string | undefined;' },
      { file: projector, text: 'this.#problem = \'not caught up yet\';', instead: 'this.#problem = undefined;' },
    ],
    tests: { file: 'libs/projection/test/projector.int.spec.ts' },
  },
  {
    name: 'log-of-another-account',
    breaks: 'Another account\'s log is not found.',
    edits: [{ file: `${log}/read/endpoints.reader.ts`, text: 'endpoint_id = $1 AND account_id = $2 AND', instead: 'endpoint_id = $1 AND $2::text IS NOT NULL AND' }],
    tests: { file: 'apps/log-query/test/log.int.spec.ts', names: ['is not found by another account'] },
  },
  {
    name: 'delivery-of-another-account',
    breaks: 'Another account\'s delivery is not found, nor can it be sent again.',
    edits: [
      { file: `${log}/read/delivery.query.ts`, text: 'AND delivery.account_id = $3', instead: 'AND $3::text IS NOT NULL' },
      { file: `${log}/read/delivery.query.ts`, text: 'AND endpoint.account_id = $3 AND', instead: 'AND' },
    ],
    tests: { file: 'apps/log-query/test/log.int.spec.ts', names: ['is not found by another account'] },
  },
  {
    name: 'cursor-skips-the-same-moment',
    breaks: 'Every attempt is on one page of the log, also those of the same millisecond.',
    edits: [{ file: `${log}/read/attempts.query.ts`, text: '(started_at, delivery_id, attempt) <', instead: '(started_at, \'zzz\', 0) <' }],
    tests: { file: 'apps/log-query/test/log.int.spec.ts', names: ['pages through attempts of the same millisecond'] },
  },
  {
    name: 'retry-of-what-has-not-failed',
    breaks: 'Only what has failed or was cancelled can be sent again by hand.',
    edits: [{ file: `${log}/retry/retry.ts`, text: 'test || (status !== \'failed\' && status !== \'cancelled\')', instead: 'test' }],
    tests: { file: 'apps/log-query/test/retry.int.spec.ts', names: ['is refused for what has not failed'] },
  },
  {
    name: 'retries-at-once-are-many',
    breaks: 'A retry that is asked for several times at once is one attempt.',
    edits: [{ file: `${log}/retry/retry.service.ts`, text: 'msgId: deliveryMsgId.retry(deliveryId, attempt, Number(endpoint_disabled_version)),', instead: 'msgId: `${deliveryMsgId.retry(deliveryId, attempt, Number(endpoint_disabled_version))}${Math.random()}`,' }],
    tests: { file: 'apps/log-query/test/retry.int.spec.ts', names: ['asked for ten times at once is one retry'] },
  },
  {
    name: 'deletion-leaves-deliveries',
    breaks: 'Deleting an endpoint removes its history from the stream of deliveries.',
    edits: [{ file: `${log}/erase/eraser.service.ts`, text: 'await jsm.streams.purge(streams.deliveries, { filter: endpointDeliverySubjects(endpointId) })', instead: '{ purged: 0 }' }],
    tests: { file: 'apps/log-query/test/erasure.int.spec.ts', names: ['leaves nothing but a tombstone'] },
  },
  {
    name: 'deletion-leaves-retry-state',
    breaks: 'Deleting an endpoint removes the state of its retries.',
    edits: [{ file: `${log}/erase/eraser.service.ts`, text: 'await jsm.streams.purge(`KV_${retriesBucket}`, { filter: endpointRetrySubjects(endpointId) })', instead: '{ purged: 0 }' }],
    tests: { file: 'apps/log-query/test/erasure.int.spec.ts', names: ['leaves nothing but a tombstone'] },
  },
  {
    name: 'deletion-looks-once',
    breaks: 'Deleting an endpoint removes also what a worker writes that has not heard of it yet.',
    edits: [{ file: `${log}/erase/erasure.ts`, text: 'passBegan >= settled', instead: 'passBegan >= since' }],
    tests: { file: 'apps/log-query/test/erasure.int.spec.ts', names: ['takes a second look'] },
  },
];
