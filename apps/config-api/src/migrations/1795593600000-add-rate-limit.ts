import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRateLimit1795593600000 implements MigrationInterface {
  /** Old code neither reads nor writes the column, and goes on beside it. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE config.endpoints ADD COLUMN rate_limit integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE config.endpoints DROP COLUMN rate_limit');
  }
}
