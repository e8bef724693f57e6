import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually, startNatsCluster, type NatsCluster } from '@cepro/testkit';
import { defaultTopology, findStored, provision, store } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


const subject = 'webhooks.deliveries.n.00.wh_0195e3d1-8e12-7abc-9e55-0123456789ab.attempted';
const stream = streams.deliveries;

let cluster: NatsCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startNatsCluster();
  client = await aClient(cluster.servers[0]!.url);
  // A cluster takes a moment to elect who is in charge.
  await eventually(async () => { await provision(client.jsm, { ...defaultTopology, replicas: 3, shards: 1 }); });
});

afterAll(async () => {
  await client.connection.close();
  await cluster.stop();
});

describe('in a cluster, with three replicas of each stream', () => {
  it('what was stored is found, and asking for what was not neither stores nor breaks anything', async () => {
    const find = (msgId: string) => findStored(client.js, { stream, subject, msgId, since: Date.now() });
    for (let n = 1; n <= 20; n += 1) {
      expect(await find(`dlv:${n}`)).toBeUndefined();
      const { seq } = await store(client.js, { subject, msgId: `dlv:${n}`, data: '{}' });
      expect(seq).toBe(n);
      expect(await find(`dlv:${n}`)).toBe(n);
    }
    const { state, cluster: placed } = await client.jsm.streams.info(stream);
    expect(state.messages).toBe(20);
    expect(placed?.replicas).toHaveLength(2);
  });
});
