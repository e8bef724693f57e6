import { startNats, type NatsServer } from './nats.ts';
import { serverRunner } from './server-runner.ts';

/** Several nats-servers that keep one JetStream. */
export interface NatsCluster {
  /** The URLs of all, by commas, as services take them. */
  readonly url: string;
  readonly servers: readonly NatsServer[];
  /** Ends them all. */
  stop(): Promise<void>;
}

/** Starts a cluster on 127.0.0.1. Its servers accept connections then, and take a moment yet to elect who is in charge. */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
  const mesh = await (await serverRunner()).natsMesh(size);
  const routes = mesh.members.map(({ address }) => `nats://${address}`).join(', ');
  const starting = mesh.members.map(({ listen, network }) =>
    startNats({ config: `cluster { name: testkit, listen: "${listen}", routes: [${routes}] }`, ...(network && { network }) }));
  const started = (await Promise.allSettled(starting)).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await mesh.remove();
  };
  if (started.length < size) {
    await stop();
    await Promise.all(starting);
  }
  return { url: started.map(({ url }) => url).join(','), servers: started, stop };
}
