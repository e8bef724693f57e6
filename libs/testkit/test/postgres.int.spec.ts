import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTestDatabase, eventually, startPostgres, startProxy, type PostgresServer } from '../src/index.ts';
import { isAlive } from './alive.ts';
import { query } from './query.ts';

describe('startPostgres', () => {
  let postgres: PostgresServer;
  beforeAll(async () => { postgres = await startPostgres(); });
  afterAll(() => postgres.stop());

  it('has a database for the services, and makes others, also as copies', async () => {
    await query(postgres.url, 'CREATE TABLE template_rows AS SELECT 1 AS n');
    const copy = await postgres.createDatabase('a "copy"', 'webhooks');
    expect(await query(copy, 'SELECT current_database(), n FROM template_rows')).toEqual([{ current_database: 'a "copy"', n: 1 }]);
    const other = await postgres.createDatabase();
    expect(await query(other, `SELECT to_regclass('template_rows') AS found`)).toEqual([{ found: null }]);
  });

  it('keeps what was committed over a kill, on the same port', async () => {
    const url = await postgres.createDatabase();
    await query(url, 'CREATE TABLE rows (n int)');
    for (let n = 0; n < 20; n++) await query(url, `INSERT INTO rows VALUES (${n})`);
    const { pid } = postgres;
    await postgres.kill();
    expect(isAlive(pid)).toBe(false);
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.restart();
    expect(await query(url, 'SELECT count(*)::int AS count FROM rows')).toEqual([{ count: 20 }]);
  });

  it('answers nothing while it is paused', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await postgres.pause();
    const answer = client.query('SELECT 1').then(() => 'answered');
    expect(await Promise.race([answer, sleep(200, 'silent')])).toBe('silent');
    postgres.resume();
    expect(await answer).toBe('answered');
    await client.end();
  });

  it('can lose a client right before its COMMIT', async () => {
    const url = await postgres.createDatabase();
    await query(url, 'CREATE TABLE rows (n int)');
    const proxy = await startProxy({ target: url });
    const client = new pg.Client({ connectionString: proxy.url });
    client.on('error', () => undefined);
    await client.connect();
    const reached = proxy.killOn({ pattern: 'COMMIT', nth: 2, kill: () => undefined });
    for (const n of [1, 2]) {
      await client.query('BEGIN');
      await client.query('INSERT INTO rows VALUES ($1)', [n]);
      await client.query('COMMIT').catch(() => undefined);
    }
    await reached;
    await proxy.stop();
    await eventually(async () => {
      const open = await query(url, `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`);
      expect(open).toEqual([]);
    });
    expect(await query(url, 'SELECT n FROM rows')).toEqual([{ n: 1 }]);
  });

  it('is gone after stop', async () => {
    const other = await startPostgres();
    await other.stop();
    expect(isAlive(other.pid)).toBe(false);
    await expect(query(other.adminUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('createTestDatabase', () => {
  it('makes one on the server of the test run, and drops it even while it is in use', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    expect((await client.query('SELECT current_database() AS name')).rows).toEqual([{ name: database.name }]);
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
    await client.end().catch(() => undefined);
  });
});
