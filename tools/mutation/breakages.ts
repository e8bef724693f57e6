import { configureBreakages } from './breakages/configure.ts';
import { deliverBreakages } from './breakages/deliver.ts';
import { ledgerBreakages } from './breakages/ledger.ts';
import { logBreakages } from './breakages/log.ts';
import { paceBreakages } from './breakages/pace.ts';
import { routeBreakages } from './breakages/route.ts';
import type { Breakage, Edit } from './breakage.ts';

/** Every way in which the code is broken on purpose, in the order of a delivery's way. */
export const breakages: readonly Breakage[] = [...routeBreakages, ...deliverBreakages, ...paceBreakages, ...configureBreakages, ...logBreakages, ...ledgerBreakages];

/**
 * Made first, and kept: tests wait for two minutes for what never comes, so that a busy machine is no failure. Whoever waits for a
 * failure that is sure to come would wait too long. The unbroken code is held to the same.
 */
export const lessPatience: readonly Edit[] = [
  { file: 'libs/testkit/src/eventually.ts', text: 'timeoutMs = 120_000', instead: 'timeoutMs = 45_000' },
  { file: 'libs/testkit/src/receiver.ts', text: 'timeoutMs = 120_000', instead: 'timeoutMs = 45_000' },
];
