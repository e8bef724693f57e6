import type { Breakage } from '../breakage.ts';

const worker = 'apps/delivery-worker/src';

/** What keeps one endpoint from being everybody's problem, and us from being an endpoint's. */
export const paceBreakages: readonly Breakage[] = [
  {
    name: 'circuit-never-opens',
    breaks: 'A receiver that fails goes to a lane of its own.',
    edits: [{ file: `${worker}/pace/pace.ts`, text: 'pace.openSince ?? (failures >= rules.failuresToOpen ? at : undefined)', instead: 'pace.openSince' }],
    tests: { file: 'apps/delivery-worker/src/pace/pace.spec.ts' },
  },
  {
    name: 'rate-of-each-worker',
    breaks: 'All workers together keep to an endpoint\'s rate.',
    edits: [{ file: `${worker}/pace/rate-limits.ts`, text: 'await bucket.put(endpointId, String(nextAt), { previousSeq: entry?.revision ?? 0 });', instead: '' }],
    tests: { file: 'apps/e2e/test/isolation.int.spec.ts', names: ['gets no more in a second from two workers together'] },
  },
  {
    name: 'retry-after-without-bound',
    breaks: 'With `Retry-After` no delivery is put off by more than five minutes.',
    edits: [{ file: `${worker}/send/webhook.client.ts`, text: 'asked && Math.min(asked, this.#maxRetryAfterMs)', instead: 'asked' }],
    tests: { file: 'apps/delivery-worker/test/webhook.client.int.spec.ts', names: ['that asks to be left alone'] },
  },
  {
    name: 'retry-after-ignored',
    breaks: 'After 429 or 503 with `Retry-After` nothing comes before that time.',
    edits: [{ file: `${worker}/pace/pace.ts`, text: 'if (pace.pausedUntil > now) return \'paused\';\n', instead: '' }],
    tests: { file: 'apps/delivery-worker/src/pace/pace.spec.ts' },
  },
];
