import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { InvalidEnvironmentError } from '@cepro/service';
import { readConfig, readMigrateConfig, readRebuildConfig, variables } from './config.ts';

const least = {
  NATS_URL: 'nats://127.0.0.1:4222',
  DATABASE_URL: 'postgres://log@127.0.0.1/webhooks',
  AUTH_AUDIENCE: 'webhooks',
  AUTH_ISSUER: 'https://id.example',
  AUTH_JWT_SECRET: 'x'.repeat(32),
};

describe('the environment', () => {
  it('may be this small', () => {
    expect(readConfig(least)).toMatchObject({
      MANAGEMENT_PORT: 9104, HTTP_HOST: '0.0.0.0', HTTP_PORT: 3002, HTTP_BODY_LIMIT_BYTES: 65_536, DATABASE_POOL_SIZE: 10, DATABASE_TIMEOUT_MS: 5_000, LOG_RETENTION_DAYS: 30,
      ERASURE_SETTLE_MS: 30_000, access: { AUTH_AUDIENCE: 'webhooks' },
    });
    expect(readRebuildConfig(least)).toMatchObject({ LOG_RETENTION_DAYS: 30 });
    expect(readMigrateConfig({ DATABASE_URL: least.DATABASE_URL })).toMatchObject({ DATABASE_POOL_SIZE: 10 });
  });

  it('is refused with every fault at once', () => {
    let error: unknown;
    try {
      readConfig({ ...least, NATS_URL: '', DATABASE_POOL_SIZE: '0', LOG_RETENTION_HOURS: '5', AUTH_ISSUER: '', AUTH_JWKS_URL: 'https://id.example/jwks' });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InvalidEnvironmentError);
    const faults = (error as InvalidEnvironmentError).faults.map((fault) => fault.split(/[:,]/, 1)[0]);
    expect(faults).toEqual(['NATS_URL', 'DATABASE_POOL_SIZE', 'LOG_RETENTION_HOURS', 'AUTH_ISSUER', 'AUTH_JWKS_URL']);
  });

  it('is described in the README, variable by variable, with its defaults', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').split('## Environment')[1]!;
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \| ([^|]*) \|/gm)].map(([, name, , fallback]) => [name!, fallback!.trim().replaceAll('`', '')] as const);
    expect(rows.map(([name]) => name).sort()).toEqual(Object.keys(variables).sort());
    const config: Record<string, unknown> = readConfig(least);
    for (const [name, fallback] of rows) {
      if (config[name] !== undefined && fallback !== 'required') expect([name, fallback]).toEqual([name, String(config[name])]);
      // A variable without a default is either required or may be left out.
      expect([name, variables[name as keyof typeof variables].safeParse(undefined).success]).toEqual([name, fallback !== 'required']);
    }
  });
});
