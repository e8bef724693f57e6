import { expect, it } from '@jest/globals';
import { published, received } from './received.ts';

const line = (attempt: number, status: number, id: string, verdict = 'verified (X-Webhook-Signature and webhook-signature)') =>
  `  invoice.paid         attempt ${attempt}  ${verdict}  answered ${status}  dlv_${id}`;

it('a delivery counts once, when it was answered 200; what comes after that is a repeat', () => {
  expect(received(['  account acct_demo, endpoint wh_1', line(1, 503, 'a'), line(2, 200, 'a'), line(1, 200, 'b'), line(1, 200, 'b')]))
    .toEqual({ delivered: 2, repeats: 1, notVerified: 0, retries: 1 });
});

it('what does not verify is counted', () => {
  expect(received([line(1, 200, 'a', 'NOT VERIFIED')])).toMatchObject({ delivered: 1, notVerified: 1 });
});

it('what several runs of a publisher have published is added up, and one that was cut off is found out', () => {
  expect(published(['  published 7 events', '  published 12 events in all', '  published 3 events in all'])).toBe(15);
  expect(() => published(['  published 7 events'])).toThrow('has not said');
});
