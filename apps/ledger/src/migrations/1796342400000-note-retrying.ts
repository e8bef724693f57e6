import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Of orders that are open already it is known when they fail the next time. */
export class NoteRetrying1796342400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ledger.orders ADD COLUMN retrying boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ledger.orders DROP COLUMN retrying');
  }
}
