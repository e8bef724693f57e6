import { afterEach, describe, expect, it } from '@jest/globals';
import { retriesBucket } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { Books, cleanAudit, problemsOf, said, System } from '../src/index.ts';

let system: System;

afterEach(async () => {
  await system?.stop();
});

const stream = `KV_${retriesBucket}`;

describe('a bucket of retry states that somebody has deleted', () => {
  it('while deliveries wait stops none of them: the record is asked, and states are saved again once it is provisioned', async () => {
    system = await System.start({
      env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '4000,600,900', DELIVERY_TIMEOUT_MS: '60000' } }, provision: { DELIVERY_SHARDS: '4' },
    });
    const books = await Books.open(system, 'acct_bucket', [0, 2, 4]);
    const worker = system.service('delivery-worker');
    await books.publish(10);
    await eventually(async () => expect(await books.unrecorded()).toEqual([]));
    await eventually(() => books.requests.length === 30);
    await (await system.jsm).streams.delete(stream);

    // What waits was put back with a state that is gone; what is published now never has one.
    await books.publish(10);
    await books.settled();
    expect(said(worker, 'a retry state could not be read; asking the record')).not.toEqual([]);
    expect(said(worker, 'the bucket takes no retry states; the record will be asked')).not.toEqual([]);
    expect(await books.audit()).toEqual(cleanAudit);

    await system.provision();
    await books.publish(5);
    await books.settled();
    expect((await (await system.jsm).streams.info(stream)).state.messages).toBeGreaterThan(0);
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('is missed by a worker that starts, in words, until it is provisioned', async () => {
    system = await System.start({ provision: { DELIVERY_SHARDS: '4' }, without: ['delivery-worker'] });
    const books = await Books.open(system, 'acct_missing', [0]);
    await (await system.jsm).streams.delete(stream);
    await books.publish(3);
    const worker = await system.launch('delivery-worker');
    await eventually(async () => expect(await problemsOf(worker)).toMatchObject({ streams: `missing: stream ${stream}; run the provisioning command` }));
    await system.provision();
    await worker.ready();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});
