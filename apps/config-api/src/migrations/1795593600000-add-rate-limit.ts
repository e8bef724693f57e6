import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddRateLimit1795593600000 implements MigrationInterface {
  /** Old code goes on beside it, but leaves the column empty of what it projects, until the endpoint changes or the view is rebuilt. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE config.endpoints ADD COLUMN rate_limit integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE config.endpoints DROP COLUMN rate_limit');
  }
}
