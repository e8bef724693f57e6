import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import { Webhook } from 'standardwebhooks';
import { anEndpointOf, publishEvent, routed, scheduledTo, shortRetries, System, type ApiClient } from '../src/index.ts';

const delaysMs = shortRetries.DELIVERY_RETRY_DELAYS_MS.split(',').map(Number);

let system: System;
beforeAll(async () => { system = await System.start({ env: { 'delivery-worker': shortRetries } }); });
afterAll(() => system?.stop());

/** Waits until no worker has anything in hand or waiting: what was not sent by then is not sent any more. */
async function allSettled(): Promise<void> {
  const jsm = await system.jsm;
  await eventually(async () => {
    for await (const { name, num_pending: unseen, num_ack_pending: waiting } of jsm.consumers.list('DELIVERIES')) {
      if (unseen + waiting > 0) throw new Error(`${name} has ${unseen + waiting} deliveries to go`);
    }
  });
}

/** A delivery that has failed for good: its id, and where it went. */
async function aFailedDelivery(accountId: string) {
  const made = await anEndpointOf(system, accountId);
  made.path.answer({ status: 500, body: 'out of order' });
  await publishEvent(system, { accountId });
  const entries = await made.account.logged(made.endpoint.id, 4);
  const { deliveryId } = entries[0]!;
  await made.account.deliveryOnce(deliveryId, 'failed');
  return { ...made, deliveryId };
}

const retry = (account: ApiClient, deliveryId: string) => account.call<{ deliveryId: string; attempt: number; code?: string }>('POST', `/v1/deliveries/${deliveryId}/retry`);

describe('a delivery that keeps failing', () => {
  let failed: Awaited<ReturnType<typeof aFailedDelivery>>;
  beforeAll(async () => {
    failed = await aFailedDelivery('acct_four');
    await allSettled();
  });

  it('is attempted four times, numbered 1 to 4, and then not again', () => {
    expect(failed.path.requests.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['1', '2', '3', '4']);
  });

  it('is the same request each time, but for the attempt\'s own number and time', () => {
    const { requests } = failed.path;
    const [first] = requests;
    for (const { method, path, headers, rawBody } of requests) {
      expect([method, path]).toEqual([first!.method, first!.path]);
      expect(rawBody.equals(first!.rawBody)).toBe(true);
      for (const same of ['x-webhook-id', 'webhook-id', 'x-webhook-event', 'x-webhook-signature', 'content-type', 'content-length']) {
        expect([same, headers[same]]).toEqual([same, first!.headers[same]]);
      }
    }
    expect(first!.headers['x-webhook-id']).toBe(failed.deliveryId);
  });

  it('tells the time of this attempt in each request', () => {
    const { requests } = failed.path;
    requests.forEach(({ headers, receivedAt }, index) => {
      const at = Date.parse(String(headers['x-webhook-timestamp']));
      expect(at).toBeLessThanOrEqual(receivedAt.getTime());
      if (index > 0) expect(at).toBeGreaterThanOrEqual(requests[index - 1]!.receivedAt.getTime());
      expect(headers['webhook-timestamp']).toBe(String(Math.floor(at / 1_000)));
    });
  });

  it('is verified in every attempt, with CE Pro\'s signature and with Standard Webhooks', () => {
    const { secret } = failed.endpoint;
    for (const { headers, rawBody } of failed.path.requests) {
      expect(headers['x-webhook-signature']).toBe(createHmac('sha256', secret).update(rawBody).digest('hex'));
      expect(() => new Webhook(secret).verify(rawBody, headers as Record<string, string>)).not.toThrow();
    }
  });

  it('waits after each failure for the configured delay, a tenth less at the least, and is never early', async () => {
    const { attempts } = await failed.account.delivery(failed.deliveryId);
    expect(attempts).toHaveLength(4);
    attempts.slice(1).forEach((attempt, index) => {
      const before = attempts[index]!;
      const startedAt = Date.parse(attempt.timestamp);
      const dueAt = Date.parse(before.nextAttemptAt!);
      // Both are rounded to milliseconds.
      const failedAt = Date.parse(before.timestamp) + before.responseTimeMs - 2;
      expect(dueAt).toBeGreaterThanOrEqual(failedAt + delaysMs[index]! * 0.9);
      expect(startedAt).toBeGreaterThanOrEqual(dueAt);
    });
    expect(attempts[3]!.nextAttemptAt).toBeNull();
  });

  it('is then failed, and stays in the log with all of its attempts', async () => {
    const delivery = await failed.account.delivery(failed.deliveryId);
    expect(delivery).toMatchObject({ status: 'failed', nextAttemptAt: null });
    const entries = (await failed.account.log(failed.endpoint.id)).reverse();
    expect(entries.map(({ attempt, outcome, statusCode }) => [attempt, outcome, statusCode]))
      .toEqual([[1, 'Retrying', 500], [2, 'Retrying', 500], [3, 'Retrying', 500], [4, 'Failed', 500]]);
  });
});

it.each([2, 3, 4])('a delivery that succeeds at attempt %d ends there', async (good) => {
  const accountId = `acct_good_${good}`;
  const { account, endpoint, path } = await anEndpointOf(system, accountId);
  path.answer([...Array.from({ length: good - 1 }, () => ({ status: 503 })), { status: 204 }]);
  await publishEvent(system, { accountId });
  const entries = await account.logged(endpoint.id, good);
  await account.deliveryOnce(entries[0]!.deliveryId, 'succeeded');
  await allSettled();
  expect(path.requests).toHaveLength(good);
  expect((await account.log(endpoint.id)).reverse().map(({ outcome }) => outcome)).toEqual([...Array(good - 1).fill('Retrying'), 'Success']);
});

describe('manual retry', () => {
  it('of a failed delivery sends it again at once: the same id and body, the next number, one attempt only', async () => {
    const { account, endpoint, path, deliveryId } = await aFailedDelivery('acct_manual');
    expect(await retry(account, deliveryId)).toMatchObject({ status: 202, body: { deliveryId, attempt: 5 } });
    const requests = await path.waitFor(5, 30_000);
    expect(requests[4]!.headers).toMatchObject({ 'x-webhook-id': deliveryId, 'x-webhook-attempt': '5', 'webhook-id': deliveryId });
    expect(requests[4]!.rawBody.equals(requests[0]!.rawBody)).toBe(true);
    const entries = await account.logged(endpoint.id, 5);
    expect(entries[4]).toMatchObject({ deliveryId, attempt: 5, outcome: 'Failed', statusCode: 500, nextAttemptAt: null });
    await account.deliveryOnce(deliveryId, 'failed');
    await allSettled();
    expect(path.requests).toHaveLength(5);
  });

  it('may be made again, and ends with a success', async () => {
    const { account, endpoint, path, deliveryId } = await aFailedDelivery('acct_manual_again');
    await retry(account, deliveryId);
    await account.logged(endpoint.id, 5);
    path.answer({ status: 200, body: 'thank you' });
    expect(await eventually(async () => {
      const answer = await retry(account, deliveryId);
      if (answer.status !== 202) throw new Error(`it was answered ${answer.status}`);
      return answer;
    })).toMatchObject({ body: { deliveryId, attempt: 6 } });
    const entries = await account.logged(endpoint.id, 6);
    expect(entries[5]).toMatchObject({ deliveryId, attempt: 6, outcome: 'Success', statusCode: 200 });
    expect((await account.deliveryOnce(deliveryId, 'succeeded')).attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    const again = await retry(account, deliveryId);
    expect([again.status, again.body.code]).toEqual([409, 'delivery-not-failed']);
  });

  it('of a delivery that is still being retried is refused', async () => {
    const accountId = 'acct_pending';
    const { account, endpoint, path } = await anEndpointOf(system, accountId);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    path.answer(async (_request, nth) => {
      if (nth > 1) await held;
      return { status: nth > 1 ? 200 : 500 };
    });
    await publishEvent(system, { accountId });
    const [first] = await account.logged(endpoint.id, 1);
    await path.waitFor(2, 30_000);
    const refused = await retry(account, first!.deliveryId);
    expect([refused.status, refused.body.code]).toEqual([409, 'delivery-not-failed']);
    release();
    await account.deliveryOnce(first!.deliveryId, 'succeeded');
  });

  it('asked for several times at once is one attempt', async () => {
    const { account, path, deliveryId } = await aFailedDelivery('acct_at_once');
    path.answer({ status: 200 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry(account, deliveryId)));
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0);
    await account.deliveryOnce(deliveryId, 'succeeded');
    await allSettled();
    expect(path.requests).toHaveLength(5);
  });

  it('of what is not there, or is another account\'s, is not found', async () => {
    const { path, deliveryId } = await aFailedDelivery('acct_owner');
    const stranger = await system.account('acct_not_owner');
    const before = path.requests.length;
    for (const id of [deliveryId, 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', 'nonsense']) {
      const { status, body } = await retry(stranger, id);
      expect([id, status, body.code]).toEqual([id, 404, 'delivery-not-found']);
    }
    await allSettled();
    expect(path.requests).toHaveLength(before);
  });
});

it('every one of many events is delivered', async () => {
  const accountId = 'acct_counted';
  const { endpoint, path } = await anEndpointOf(system, accountId);
  for (let n = 0; n < 50; n++) await publishEvent(system, { accountId, data: { n } });
  await routed(system);
  expect(await scheduledTo(system, endpoint.id)).toBe(50);
  const requests = await path.waitFor(50, 30_000);
  expect(new Set(requests.map(({ rawBody }) => (JSON.parse(rawBody.toString()) as { data: { n: number } }).data.n)).size).toBe(50);
});
