import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { apiTypes, apiTypesFile } from '../api-types/describe.ts';

it('is built against the API as the services describe it; if not, run "npm run generate-api-types"', async () => {
  expect(await readFile(apiTypesFile, 'utf8')).toBe(await apiTypes());
});
