import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { keepEndpoint, keptEndpoint } from './kept-endpoint.ts';

const endpoint = { id: 'wh_1', secret: 'whsec_1' };
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cepro-demo-'));
  file = path.join(folder, 'state', 'endpoint.json');
});
afterEach(() => rm(folder, { recursive: true }));

it('an endpoint is kept, and another one after it', async () => {
  expect(await keptEndpoint(file)).toBeNull();
  await keepEndpoint(file, { id: 'wh_0', secret: 'whsec_0' });
  await keepEndpoint(file, endpoint);
  expect(await keptEndpoint(file)).toEqual(endpoint);
  expect(await readdir(path.dirname(file))).toEqual(['endpoint.json']);
});

it.each(['', '{"id":"wh_1","sec', 'null', '"wh_1"', '{"id":"wh_1"}'])('a file with %j keeps none, and is written anew', async (text) => {
  await keepEndpoint(file, endpoint);
  await writeFile(file, text);
  expect(await keptEndpoint(file)).toBeNull();
  await keepEndpoint(file, endpoint);
  expect(await keptEndpoint(file)).toEqual(endpoint);
});
