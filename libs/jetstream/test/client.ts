import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { connectionOptions } from '../src/index.ts';

export interface Client {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/** A connection as the services have it, but quicker to come back. */
export async function aClient(url: string): Promise<Client> {
  const connection = await connect({ ...connectionOptions({ url, name: 'spec' }), reconnectTimeWait: 50 });
  const js = jetstream(connection, { timeout: 5_000 });
  return { connection, js, jsm: await js.jetstreamManager(false) };
}
