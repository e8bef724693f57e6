import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is needed to switch endpoints off and to tell CE Pro of them. Of few endpoints at a time, which the indexes find. */
export class WatchEndpoints1796112000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE config.endpoint_health
        ADD COLUMN failed jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN gone jsonb NOT NULL DEFAULT '[]'`);
    await runner.query('CREATE INDEX failing_endpoints ON config.endpoint_health (endpoint_id) WHERE failing_since IS NOT NULL');
    await runner.query('ALTER TABLE config.endpoints ADD COLUMN system_disabled_at timestamptz, ADD COLUMN system_disabled_reason text');
    await runner.query('CREATE INDEX endpoints_disabled_by_system ON config.endpoints (system_disabled_at) WHERE system_disabled_at IS NOT NULL');
    await runner.query(`
      CREATE TABLE config.endpoint_notices (
        endpoint_id text COLLATE "C" PRIMARY KEY,
        type text NOT NULL,
        at timestamptz NOT NULL,
        since timestamptz NOT NULL,
        disabled_at timestamptz
      )`);
    await runner.query('CREATE INDEX open_notices ON config.endpoint_notices (endpoint_id) WHERE type <> \'webhook.recovered\'');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE config.endpoint_notices');
    await runner.query('ALTER TABLE config.endpoints DROP COLUMN system_disabled_at, DROP COLUMN system_disabled_reason');
    await runner.query('DROP INDEX config.failing_endpoints');
    await runner.query('ALTER TABLE config.endpoint_health DROP COLUMN failed, DROP COLUMN gone');
  }
}
