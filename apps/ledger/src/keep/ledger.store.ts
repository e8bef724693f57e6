import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@cepro/projection';
import type { EntityManager } from 'typeorm';
import type { Positions } from '../follow/streams.reader.ts';
import type { LedgerState, Order } from '../ledger/ledger-state.ts';

/** The books as they were kept last, and everything that is open. */
export interface KeptLedger {
  readonly revision: number;
  readonly positions: Positions;
  readonly state: LedgerState;
  readonly orders: readonly Order[];
}

/** What has changed since the books were kept last. */
export interface LedgerChanges {
  readonly positions: Positions;
  readonly state: LedgerState;
  readonly open: readonly Order[];
  readonly closed: readonly string[];
}

/** Somebody else has kept the books meanwhile, or the tables were dropped: what is in memory goes on from nothing that is kept. */
export class TakenOverError extends Error {
  override readonly name = 'TakenOverError';
}

interface OrderRow {
  delivery_id: string;
  event_id: string;
  endpoint_id: string;
  ordered_by: Order['by'];
  lane: Order['lane'];
  shard: number;
  sequence: string;
  retrying: boolean;
}

/** Keeps the books in Postgres: how far each stream was read, and what is open, in one transaction. */
@Injectable()
export class LedgerStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** `undefined` if nothing was kept yet. */
  async load(): Promise<KeptLedger | undefined> {
    return await this.database.source.transaction('REPEATABLE READ', async (manager) => {
      const [books]: { revision: string; positions: Positions; state: LedgerState }[] = await manager.query('SELECT revision, positions, state FROM ledger.books');
      if (!books) return undefined;
      const rows: OrderRow[] = await manager.query('SELECT delivery_id, event_id, endpoint_id, ordered_by, lane, shard, sequence, retrying FROM ledger.orders');
      return { revision: Number(books.revision), positions: books.positions, state: books.state, orders: rows.map(orderOf) };
    });
  }

  /**
   * Keeps what has changed since `revision`, 0 for the first time, and returns the new revision.
   * @throws TakenOverError
   */
  async keep(revision: number, changes: LedgerChanges): Promise<number> {
    const { open, closed } = changes;
    await this.database.source.transaction(async (manager) => {
      await setBooks(manager, revision, changes);
      if (closed.length > 0) await manager.query('DELETE FROM ledger.orders WHERE delivery_id = ANY($1)', [closed]);
      if (open.length > 0) await upsertOrders(manager, open);
    });
    return revision + 1;
  }
}

async function setBooks(manager: EntityManager, before: number, { positions, state }: LedgerChanges): Promise<void> {
  const set = before === 0
    ? 'INSERT INTO ledger.books (revision, positions, state) SELECT $1::bigint + 1, $2::jsonb, $3::jsonb ON CONFLICT DO NOTHING RETURNING 1'
    : 'UPDATE ledger.books SET revision = $1::bigint + 1, positions = $2, state = $3 WHERE revision = $1 RETURNING 1';
  const rows: unknown[] = await manager.query(`WITH kept AS (${set}) SELECT FROM kept`, [before, JSON.stringify(positions), JSON.stringify(state)]);
  if (rows.length === 0) throw new TakenOverError('the books were kept by another process, or dropped');
}

async function upsertOrders(manager: EntityManager, orders: readonly Order[]): Promise<void> {
  const column = <K extends keyof Order>(key: K) => orders.map((order) => order[key]);
  await manager.query(
    `INSERT INTO ledger.orders (delivery_id, event_id, endpoint_id, ordered_by, lane, shard, sequence, retrying)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::boolean[])
     ON CONFLICT (delivery_id) DO UPDATE SET ordered_by = excluded.ordered_by, lane = excluded.lane, shard = excluded.shard,
       sequence = excluded.sequence, retrying = excluded.retrying`,
    [column('deliveryId'), column('eventId'), column('endpointId'), column('by'), column('lane'), column('shard'), column('sequence'), column('retrying')],
  );
}

function orderOf(row: OrderRow): Order {
  return {
    deliveryId: row.delivery_id, eventId: row.event_id, endpointId: row.endpoint_id, by: row.ordered_by, lane: row.lane, shard: row.shard,
    sequence: Number(row.sequence), retrying: row.retrying,
  };
}
