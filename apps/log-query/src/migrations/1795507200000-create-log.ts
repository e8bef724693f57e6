import { createProjectionsTable } from '@cepro/projection';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLog1795507200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createProjectionsTable('log'));
    await runner.query(`
      CREATE TABLE log.endpoints (
        endpoint_id text COLLATE "C" PRIMARY KEY,
        account_id text NOT NULL,
        active boolean NOT NULL,
        last_disabled_version bigint NOT NULL,
        version bigint NOT NULL,
        deleted_at timestamptz,
        erase_since timestamptz,
        erase_due_at timestamptz,
        erased_at timestamptz
      )`);
    await runner.query('CREATE INDEX endpoints_to_erase ON log.endpoints (erase_due_at) WHERE erase_due_at IS NOT NULL');
    // created_at is the time inside the delivery's id: whoever has the id knows the partition. It is in both keys, so
    // that a delivery and all of its attempts are in one day's partitions and are unique over all of them.
    await runner.query(`
      CREATE TABLE log.deliveries (
        delivery_id text COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL,
        account_id text NOT NULL,
        endpoint_id text COLLATE "C" NOT NULL,
        event_id text,
        event_type text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
        test boolean NOT NULL,
        payload text NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz,
        cancel_reason text,
        config_version bigint NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (delivery_id, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await runner.query('CREATE INDEX deliveries_of_endpoint ON log.deliveries (endpoint_id)');
    await runner.query(`
      CREATE TABLE log.attempts (
        delivery_id text COLLATE "C" NOT NULL,
        attempt integer NOT NULL,
        created_at timestamptz NOT NULL,
        account_id text NOT NULL,
        endpoint_id text COLLATE "C" NOT NULL,
        event_type text NOT NULL,
        started_at timestamptz NOT NULL,
        response_time_ms integer NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('Success', 'Failed', 'Retrying')),
        status_code integer,
        error text,
        url text NOT NULL,
        request_headers json NOT NULL,
        response_body bytea NOT NULL,
        response_truncated boolean NOT NULL,
        next_attempt_at timestamptz,
        test boolean NOT NULL,
        PRIMARY KEY (delivery_id, attempt, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await runner.query(
      'CREATE INDEX attempts_of_endpoint ON log.attempts (endpoint_id, started_at DESC, delivery_id DESC, attempt DESC)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE log.attempts');
    await runner.query('DROP TABLE log.deliveries');
    await runner.query('DROP TABLE log.endpoints');
    await runner.query('DROP TABLE log.projections');
  }
}
