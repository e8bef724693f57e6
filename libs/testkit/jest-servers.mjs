import { fileURLToPath } from 'node:url';

const source = (name) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));

/**
 * What a project adds to its Jest configuration when its tests need NATS or Postgres:
 * `export default project('log-query', import.meta.url, withServers);`
 */
export const withServers = {
  globalSetup: source('jest-global-setup.ts'),
  globalTeardown: source('jest-global-teardown.ts'),
};
