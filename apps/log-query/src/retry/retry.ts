import { fail, ok, type Result } from '@cepro/contracts';
import type { DeliveryStatus } from '../project/delivery.ts';

/** What has to be known to decide on a manual retry. */
export interface Retryable {
  readonly status: DeliveryStatus;
  readonly test: boolean;
  /** The number of the last attempt. */
  readonly attempts: number;
  readonly endpointActive: boolean;
}

/** The attempt that a manual retry would make, or the code of why it may not be made. */
export function decideRetry({ status, test, attempts, endpointActive }: Retryable): Result<{ attempt: number }, 'delivery-not-failed' | 'endpoint-disabled'> {
  // A test is sent again by another Send Test.
  if (test || (status !== 'failed' && status !== 'cancelled')) return fail('delivery-not-failed');
  if (!endpointActive) return fail('endpoint-disabled');
  return ok({ attempt: attempts + 1 });
}
