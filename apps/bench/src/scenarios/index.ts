import type { Scenario } from '../scenario.ts';
import { drain } from './drain.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { log } from './log.ts';
import { overload } from './overload.ts';
import { retries } from './retries.ts';
import { router } from './router.ts';
import { throughput } from './throughput.ts';
import { worker } from './worker.ts';

/** All scenarios, in the order in which they run: first those that tell most, and last those that take longest. */
export const scenarios: readonly Scenario[] = [worker, isolation, latency, throughput, router, drain, log, overload, retries];
