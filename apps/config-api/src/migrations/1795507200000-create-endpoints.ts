import { createProjectionsTable } from '@cepro/projection';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEndpoints1795507200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createProjectionsTable('config'));
    // Ids sort by the time at which they were made, byte by byte, whatever the database's language.
    await runner.query(`
      CREATE TABLE config.endpoints (
        id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        url text,
        events text[],
        active boolean,
        description text,
        disabled_reason text,
        disabled_at timestamptz,
        created_at timestamptz,
        updated_at timestamptz,
        version bigint NOT NULL,
        deleted_at timestamptz
      )`);
    await runner.query('CREATE INDEX endpoints_of_account ON config.endpoints (account_id, id) WHERE deleted_at IS NULL');
    await runner.query(`
      CREATE TABLE config.endpoint_health (
        endpoint_id text COLLATE "C" PRIMARY KEY,
        last_success_at timestamptz,
        last_failure_at timestamptz,
        failing_since timestamptz,
        failed_deliveries integer NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE config.endpoint_health');
    await runner.query('DROP TABLE config.endpoints');
    await runner.query('DROP TABLE config.projections');
  }
}
