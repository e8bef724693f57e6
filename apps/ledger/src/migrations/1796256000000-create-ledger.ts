import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLedger1796256000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger.books (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        revision bigint NOT NULL,
        positions jsonb NOT NULL,
        state jsonb NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE ledger.orders (
        delivery_id text COLLATE "C" PRIMARY KEY,
        event_id text NOT NULL,
        endpoint_id text NOT NULL,
        ordered_by text NOT NULL CHECK (ordered_by IN ('event', 'hand', 'earlier')),
        lane text NOT NULL,
        shard integer NOT NULL,
        sequence bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledger.orders');
    await runner.query('DROP TABLE ledger.books');
  }
}
