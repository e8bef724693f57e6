import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually, freePort, startNats, type NatsServer } from '@cepro/testkit';
import { defaultTopology, findStored, provision, store } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


const subject = 'webhooks.deliveries.n.00.wh_0195e3d1-8e12-7abc-9e55-0123456789ab.attempted';
const stream = streams.deliveries;

let servers: NatsServer[];
let client: Client;

beforeAll(async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  servers = await Promise.all(ports.map((port) => startNats({ config: `cluster { name: spec, listen: "127.0.0.1:${port}", routes: [${routes}] }` })));
  client = await aClient(servers[0]!.url);
  // A cluster takes a moment to elect who is in charge.
  await eventually(async () => { await provision(client.jsm, { ...defaultTopology, replicas: 3, shards: 1 }); });
});

afterAll(async () => {
  await client.connection.close();
  await Promise.all(servers.map((server) => server.stop()));
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
    const { state, cluster } = await client.jsm.streams.info(stream);
    expect(state.messages).toBe(20);
    expect(cluster?.replicas).toHaveLength(2);
  });
});
