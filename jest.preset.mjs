// One Jest configuration for every project: native ESM, TypeScript through swc, workspace libs from their sources.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const swcrc = JSON.parse(readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

/** Jest's configuration for the project called `name` (its display name in a report). */
export function project(name, rootDir, overrides = {}) {
  return {
    displayName: name,
    rootDir: fileURLToPath(new URL('.', rootDir)),
    testEnvironment: 'node',
    // Servers and services take their time on a busy machine, and no test may depend on how much. The same everywhere, since
    // Jest takes the one of the first project for all.
    testTimeout: 300_000,
    extensionsToTreatAsEsm: ['.ts'],
    // Never 'import': packages with both builds must resolve the same way under Jest and under Node.
    testEnvironmentOptions: { customExportConditions: ['@cepro/source', 'node', 'node-addons'] },
    testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
    transform: { '^.+\\.ts$': ['@swc/jest', { ...swcrc, swcrc: false }] },
    ...overrides,
  };
}
