import type { IContainer } from 'kubernetes-models/v1';
import { workspaceRoot } from '@cepro/testkit';
import { nkeys } from '@nats-io/transport-node';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Manifest } from './manifests.ts';

interface ServiceConfig {
  /** Every variable that the service declares. */
  readonly variables: Readonly<Record<string, { safeParse(value: unknown): { success: boolean; data?: unknown } }>>;
  readonly readConfig: Read;
  readonly readMigrateConfig?: Read;
  readonly readDatabaseConfig?: Read;
}

type Read = (env: NodeJS.ProcessEnv) => unknown;

/** A service's own reader of its environment. Loaded by its path, since nothing imports an app. */
export async function serviceConfig(service: string): Promise<ServiceConfig> {
  return await import(pathToFileURL(path.join(workspaceRoot, 'apps', service, 'src', 'config.ts')).href) as ServiceConfig;
}

/** What a container's program does with its environment when it starts. Throws what it would say. */
export async function readAsProgram(container: IContainer, env: NodeJS.ProcessEnv): Promise<void> {
  const { readConfig, readMigrateConfig, readDatabaseConfig } = await serviceConfig(serviceOf(container));
  const program = container.args?.join(' ') ?? 'dist/main.js';
  if (program === 'dist/main.js') readConfig(env);
  else if (program === 'dist/migrate.js') (readMigrateConfig ?? readDatabaseConfig)!(env);
  else throw new Error(`nobody knows ${program}`);
}

/** The service whose image a container runs. */
export function serviceOf({ image = '' }: IContainer): string {
  const [, service] = /(?:^|\/)cepro-webhooks\/([a-z-]+):/.exec(image) ?? [];
  if (!service) throw new Error(`${image} is none of our images, or has no tag`);
  return service;
}

/** What must exist in the cluster for the overlay for production, which has no Secrets: the same as in the README. */
export const existingSecrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  webhooks: {
    DATABASE_URL: 'postgres://webhooks:password@postgres.example.com:5432/webhooks',
    SECRETS_KEY_RING: `2026-11:${Buffer.alloc(32, 7).toString('base64')}`,
  },
  'webhooks-nats': Object.fromEntries(
    ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'provision'].map((user) => [`${user}.nk`, new TextDecoder().decode(nkeys.createUser().getSeed())]),
  ),
};

/** The environment that Kubernetes would give a container. Throws when it could not start it. */
export function environmentOf(container: IContainer, manifests: readonly Manifest[]): Record<string, string> {
  const secrets = { ...existingSecrets };
  for (const { kind, metadata, data = {} } of manifests) {
    if (kind === 'Secret') secrets[metadata.name] = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  }
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name);
    if (!map) throw new Error(`${container.name}: there is no ConfigMap ${configMapRef?.name}`);
    Object.assign(env, map.data);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { name: secret = '', key = '', optional } = valueFrom?.secretKeyRef ?? {};
    const given = value ?? secrets[secret]?.[key];
    if (given !== undefined) env[name] = given;
    else if (!optional) throw new Error(`${container.name}: there is no ${key} in the Secret ${secret} for ${name}`);
  }
  return env;
}
