import { streams } from '@cepro/contracts';
import type { System } from '@cepro/system';
import pg from 'pg';

/** Something that a store holds, and where. */
export interface Held {
  /** For a person: which stream and message, or which table. */
  readonly where: string;
  readonly bytes: Buffer;
}

/** Every message of every stream, the key-value buckets' too: subject, headers and body as the server stores them. */
export async function heldByStreams(system: System, { without = [] }: { without?: readonly string[] } = {}): Promise<Held[]> {
  const held: Held[] = [];
  for await (const { config: { name } } of (await system.jsm).streams.list()) {
    if (without.includes(name)) continue;
    for (let seq = 1; ; ) {
      const answer = await system.connection.request(`$JS.API.STREAM.MSG.GET.${name}`, JSON.stringify({ seq, next_by_subj: '>' }));
      const { message } = answer.json<{ message?: { seq: number; subject: string; hdrs?: string; data?: string } }>();
      if (!message) break;
      const { subject, hdrs = '', data = '' } = message;
      const bytes = Buffer.concat([Buffer.from(`${subject}\n`), Buffer.from(hdrs, 'base64'), Buffer.from(data, 'base64')]);
      held.push({ where: `${name} ${message.seq} ${subject}`, bytes });
      seq = message.seq + 1;
    }
  }
  return held;
}

/** Every row of every table, as JSON; partitions come twice, by themselves and through their parent. */
export async function heldByTables(system: System): Promise<Held[]> {
  const client = new pg.Client({ connectionString: system.database.url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    const held: Held[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`);
      held.push(...rows.map(({ row }) => ({ where: name, bytes: Buffer.from(row) })));
    }
    return held;
  } finally {
    await client.end();
  }
}

/** Every store but the stream of the domain services' own events, which is not ours to erase. */
export async function heldByStores(system: System): Promise<Held[]> {
  return [...(await heldByStreams(system, { without: [streams.events] })), ...(await heldByTables(system))];
}

/**
 * Looks for texts or bytes in what stores hold, also inside of what stands there in base64 or in hexadecimal digits, and
 * says where each was found.
 */
export function findTraces(held: readonly Held[], wanted: Readonly<Record<string, string | Buffer>>): string[] {
  return held.flatMap(({ where, bytes }) => {
    const places = [bytes, ...encodedIn(bytes)];
    return Object.entries(wanted).flatMap(([what, needle]) => (places.some((place) => place.includes(needle)) ? [`${what} in ${where}`] : []));
  });
}

function encodedIn(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1');
  return [
    ...[...text.matchAll(/[A-Za-z0-9+/]{12,}/g)].map(([run]) => Buffer.from(run, 'base64')),
    ...[...text.matchAll(/[A-Za-z0-9_-]{12,}/g)].map(([run]) => Buffer.from(run, 'base64url')),
    ...[...text.matchAll(/(?:[0-9a-f]{2}){12,}/gi)].map(([run]) => Buffer.from(run, 'hex')),
  ];
}
