import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface DatabaseOptions {
  /** Default: `test_` and something random. */
  readonly name?: string;
  /** The database to copy. Nobody may be connected to it. */
  readonly template?: string;
  /** Take the one that is there instead of failing. */
  readonly ifMissing?: boolean;
}

/** Creates a database on the server that `adminUrl` leads to and returns its URL. */
export async function createDatabase(
  adminUrl: string, { name = `test_${randomBytes(6).toString('hex')}`, template, ifMissing = false }: DatabaseOptions = {},
): Promise<string> {
  await withClient(adminUrl, async (client) => {
    if (ifMissing && (await client.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount) return;
    const copy = template ? ` TEMPLATE ${pg.escapeIdentifier(template)}` : '';
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}${copy}`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/** Drops a database, ending the connections to it; one that is not there is no error. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`));
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Drops it, ending the connections to it. */
  drop(): Promise<void>;
}

/**
 * A new database on the server that the whole test run shares, `TEST_POSTGRES_URL`.
 * @throws Error when the project's Jest configuration does not ask for that server.
 */
export async function createTestDatabase(options: Omit<DatabaseOptions, 'ifMissing'> = {}): Promise<TestDatabase> {
  const { TEST_POSTGRES_URL: adminUrl } = process.env;
  if (!adminUrl) throw new Error('TEST_POSTGRES_URL is not set: add `withServers` from @cepro/testkit/jest-servers to jest.config.mjs.');
  const url = await createDatabase(adminUrl, options);
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  return { name, url, drop: () => dropDatabase(adminUrl, name) };
}
