import { natsServerBinary } from './nats-binary.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';

// Jest loads the set-up and the tear-down as two modules; what they share goes through the global object.
const shared = globalThis as { testPostgres?: PostgresServer | undefined };

/**
 * Jest's global set-up for projects whose tests need servers: one Postgres for the whole run, and a nats-server that each
 * test file can start. What the environment already names is left alone. `TEST_SERVERS=off` (unit tests only) starts nothing,
 * `TEST_SERVERS=containers` runs all servers in containers.
 */
export default async function setUp(): Promise<void> {
  const { env } = process;
  if (env['TEST_SERVERS'] === 'off') return;
  if (env['TEST_SERVERS'] !== 'containers') env['NATS_SERVER_BIN'] = await natsServerBinary();
  if (env['TEST_POSTGRES_URL']) return;
  shared.testPostgres = await startPostgres();
  env['TEST_POSTGRES_URL'] = shared.testPostgres.adminUrl;
}

/** Jest's global tear-down: stops what {@link setUp} started. */
export async function tearDown(): Promise<void> {
  const server = shared.testPostgres;
  if (!server) return;
  delete shared.testPostgres;
  delete process.env['TEST_POSTGRES_URL'];
  await server.stop();
}
