import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import { anEndpointOf, publishEvent, scheduledTo, System } from '../src/index.ts';

let system: System;
beforeAll(async () => { system = await System.start({ provision: { DELIVERY_SHARDS: '4' } }); });
afterAll(() => system?.stop());

// When a process goes on that stood still, the change of an endpoint and what is to be done about that endpoint are in its
// socket together, and it has taken neither.
describe('an event published right after its endpoint was saved', () => {
  it('is delivered by a router that stood still meanwhile', async () => {
    const router = system.service('event-router');
    await router.pause();
    await anEndpointOf(system, 'acct_behind_router');
    await publishEvent(system, { accountId: 'acct_behind_router' });
    router.resume();
    const [request] = await system.receiver.at('/acct_behind_router').waitFor(1);
    expect(request!.headers['x-webhook-attempt']).toBe('1');
  });

  it('is delivered by a worker that stood still meanwhile', async () => {
    const worker = system.service('delivery-worker');
    await worker.pause();
    const { endpoint } = await anEndpointOf(system, 'acct_behind_worker');
    await publishEvent(system, { accountId: 'acct_behind_worker' });
    await eventually(async () => expect(await scheduledTo(system, endpoint.id)).toBe(1));
    worker.resume();
    const [request] = await system.receiver.at('/acct_behind_worker').waitFor(1);
    expect(request!.headers['x-webhook-attempt']).toBe('1');
  });
});
