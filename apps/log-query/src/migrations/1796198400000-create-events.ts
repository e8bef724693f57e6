import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A service from before it never looks at the table, and goes on as it did. */
export class CreateEvents1796198400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // created_at is the time inside the event's id, as in the tables of the deliveries. What the routing says is null until
    // the event is routed; no endpoint is named, so there is nothing to erase.
    await runner.query(`
      CREATE TABLE log.events (
        event_id text COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        event_type text COLLATE "C",
        sequence bigint NOT NULL,
        config_version bigint,
        deliveries integer,
        fault text,
        PRIMARY KEY (event_id, created_at)
      ) PARTITION BY RANGE (created_at)`);
    await runner.query('CREATE INDEX events_of_account ON log.events (account_id, created_at DESC, event_id DESC)');
    // Somebody looks for the one event in ten thousand that was an estimate declined.
    await runner.query('CREATE INDEX events_of_type ON log.events (account_id, event_type, created_at DESC, event_id DESC)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE log.events');
  }
}
