import { freePort } from './free-port.ts';
import { startNats, type NatsServer } from './nats.ts';

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
  const ports = await Promise.all(Array.from({ length: size }, () => freePort()));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const starting = ports.map((port) => startNats({ config: `cluster { name: testkit, listen: "127.0.0.1:${port}", routes: [${routes}] }` }));
  const started = (await Promise.allSettled(starting)).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())));
  if (started.length < size) {
    await stop();
    await Promise.all(starting);
  }
  return { url: started.map(({ url }) => url).join(','), servers: started, stop };
}
