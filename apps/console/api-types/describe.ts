import path from 'node:path';
import { describeApis, eventually, freePort, startService, testAccessEnv, workspaceRoot } from '@cepro/testkit';
import openapiTS, { astToString } from 'openapi-typescript';

const heading = '// Made by "npm run generate-api-types" from what the services say of themselves at /openapi.json. Not to be changed by hand.\n\n';

/** Where the types of the API are kept. */
export const apiTypesFile = path.join(workspaceRoot, 'apps', 'console', 'src', 'api', 'schema.ts');

/** The API's types as the services describe it now, from their sources. They need neither NATS nor Postgres for that. */
export async function apiTypes(): Promise<string> {
  const [configApi, logQuery] = [await start('config-api'), await start('log-query')];
  try {
    const document = await eventually(() => describeApis([configApi.url, logQuery.url]));
    return heading + astToString(await openapiTS(JSON.stringify(document)));
  } finally {
    await Promise.all([configApi.stop(), logQuery.stop()]);
  }
}

async function start(app: 'config-api' | 'log-query'): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const nowhere = `127.0.0.1:${await freePort()}`;
  const service = await startService({
    app,
    entry: 'src/main.ts',
    nodeArgs: ['--conditions=@cepro/source', `--import=${path.join(workspaceRoot, 'tools', 'swc-hooks.mjs')}`],
    env: {
      ...testAccessEnv,
      NATS_URL: `nats://${nowhere}`,
      DATABASE_URL: `postgres://${nowhere}/webhooks`,
      SECRETS_KEY_RING: `description:${Buffer.alloc(32).toString('base64')}`,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      MANAGEMENT_HOST: '127.0.0.1',
    },
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => service.kill() };
}
