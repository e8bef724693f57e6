import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { natsServerBinary, OwnedProcess, workspaceRoot } from '@cepro/testkit';
import { appOf, composeFile, envFile, isJob, mountsOf, networksOf, type ComposeService } from './compose-file.ts';

type Read = (env: NodeJS.ProcessEnv) => unknown;
interface AppConfig {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly keysVariables?: Readonly<Record<string, unknown>>;
  readonly [reader: string]: unknown;
}

const demo = envFile('compose/demo.env');
const files = { default: composeFile(), demo: composeFile(demo) };
const ours = Object.entries(files.demo.services).filter(([, service]) => appOf(service) && appOf(service) !== 'console');

/** Which reader of its app's a program gives its environment to. */
const readers: Readonly<Record<string, readonly string[]>> = {
  'dist/main.js': ['readConfig'], 'dist/migrate.js': ['readMigrateConfig', 'readDatabaseConfig'], 'dist/keys.js': ['readKeysConfig'], 'dist/check.js': ['readCheckConfig'],
  'dist/main.js authority': ['readAuthorityConfig'], 'dist/main.js receiver': ['readReceiverConfig'], 'dist/main.js publisher': ['readPublisherConfig'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cepro-compose-'));
  const { makeKeys } = await import(pathToFileURL(path.join(workspaceRoot, 'apps/provision/src/installation-keys.ts')).href) as { makeKeys: (folder: string, options: { shards: number; developmentPassword?: string }) => Promise<string[]> };
  await makeKeys(folder, { shards: 16, developmentPassword: 'for a test' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configOf = async (service: ComposeService): Promise<AppConfig> => await import(pathToFileURL(path.join(workspaceRoot, 'apps', appOf(service)!, 'src/config.ts')).href) as AppConfig;

/** What the container's program would make of its environment; files of volumes are where this test has made them. */
async function readAsProgram(service: ComposeService, environment = service.environment): Promise<unknown> {
  const config = await configOf(service);
  const names = readers[(service.command ?? ['dist/main.js']).join(' ')] ?? [];
  const reader = names.map((name) => config[name]).find((each) => each !== undefined) as Read | undefined;
  if (!reader) throw new Error(`nobody knows ${service.command?.join(' ')}`);
  const seeds = mountsOf(service).find(({ source }) => source.startsWith('keys-'));
  const env = Object.fromEntries(Object.entries(environment ?? {}).map(([name, value]) => [
    name, seeds && value.startsWith(`${seeds.target}/`) ? value.replace(seeds.target, path.join(folder, seeds.source.replace('keys-', ''))) : value,
  ]));
  return reader(env);
}

describe.each(['default', 'demo'] as const)('with the environment of %s', (which) => {
  it.each(ours.map(([name]) => name))('%s finds it usable, and reads every variable of it', async (name) => {
    const service = files[which].services[name]!;
    await expect(readAsProgram(service)).resolves.toBeDefined();
    const { variables, keysVariables } = await configOf(service);
    const known = [...Object.keys({ ...variables, ...keysVariables }), 'NODE_EXTRA_CA_CERTS'];
    for (const variable of Object.keys(service.environment ?? {})) expect(known).toContain(variable);
  });
});

it('a service without one of its variables is found out', async () => {
  const service = files.default.services['config-api']!;
  const environment = Object.fromEntries(Object.entries(service.environment!).filter(([name]) => name !== 'SECRETS_KEY_RING'));
  await expect(readAsProgram(service, environment)).rejects.toThrow('SECRETS_KEY_RING');
});

it('each program has its streams and tables before it starts, and a server is waited for until it is well', () => {
  const { services } = files.default;
  for (const [name, service] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect({ name, other, condition }).toEqual({ name, other, condition: isJob(services[other]!) ? 'service_completed_successfully' : 'service_healthy' });
    }
    if (isJob(service) || !appOf(service)) continue;
    if (service.environment?.['NATS_NKEY_SEED_FILE']) expect(service.depends_on).toHaveProperty('provision');
    if (service.environment?.['DATABASE_URL']) expect(service.depends_on).toHaveProperty(`${name.split('-')[0]}-tables`);
    if (!service.profiles && name !== 'console') expect(service).toMatchObject({ stop_grace_period: '30s' });
  }
});

describe('the demo', () => {
  const receiver = files.demo.services['demo-receiver']!;
  const address = (receiver.networks as Record<string, { ipv4_address: string }>)['deliveries']!.ipv4_address;

  it('is what a profile starts, and opens its receiver\'s one address', () => {
    expect(demo['COMPOSE_PROFILES']).toBe('demo');
    expect(Object.entries(files.demo.services).filter(([, { profiles }]) => profiles?.includes('demo')).map(([name, { profiles }]) => [name, profiles])).toEqual(['authority', 'receiver', 'publisher'].map((name) => [`demo-${name}`, ['demo']]));
    expect(demo['EGRESS_ALLOWED_CIDRS']).toBe(`${address}/32`);
    for (const name of ['config-api', 'delivery-worker']) expect(files.demo.services[name]?.environment?.['EGRESS_ALLOWED_CIDRS']).toBe(`${address}/32`);
    for (const name of ['demo-authority', 'demo-receiver']) expect(new URL(files.demo.services[name]!.environment!['DEMO_RECEIVER_URL']!).hostname).toBe(address);
  });

  it('is at another address where another network is chosen', () => {
    const chosen = { DELIVERIES_NET: '10.9.8' };
    const { services, networks } = composeFile({ ...chosen, ...envFile('compose/demo.env', chosen) });
    expect(services['demo-receiver']!.networks).toMatchObject({ deliveries: { ipv4_address: '10.9.8.250' } });
    expect(networks['deliveries']!.ipam!.config).toEqual([{ subnet: '10.9.8.0/24', ip_range: '10.9.8.0/25' }]);
    for (const name of ['config-api', 'delivery-worker']) expect(services[name]!.environment!['EGRESS_ALLOWED_CIDRS']).toBe('10.9.8.250/32');
    for (const name of ['demo-authority', 'demo-receiver']) expect(services[name]!.environment!['DEMO_RECEIVER_URL']).toBe('https://10.9.8.250:8443/webhooks');
  });

  it('has an address that no other container is given', () => {
    const [{ subnet, ip_range: range } = { subnet: '', ip_range: '' }] = files.demo.networks['deliveries']!.ipam!.config;
    expect([isIn(subnet, address), isIn(range, address)]).toEqual([true, false]);
  });

  it('is trusted by the worker, which sees no key of its', () => {
    const worker = files.demo.services['delivery-worker']!;
    expect(mountsOf(worker)).toContainEqual({ source: 'demo-trust', target: path.dirname(worker.environment!['NODE_EXTRA_CA_CERTS']!), readOnly: true });
    expect(mountsOf(worker).map(({ source }) => source)).not.toContain('demo-authority');
  });

  it('changes nothing for those who do not ask for it', () => {
    for (const { environment = {} } of Object.values(files.default.services)) {
      for (const name of ['EGRESS_ALLOWED_CIDRS', 'NODE_EXTRA_CA_CERTS', 'NATS_DEVELOPMENT_PASSWORD']) expect(environment[name] ?? '').toBe('');
    }
  });
});

it('Prometheus reaches every service that it scrapes, and no other network with one', () => {
  const { services, configs } = files.default;
  const { scrape_configs: jobs } = parse(readFileSync(path.join(workspaceRoot, configs['prometheus']!.file), 'utf8')) as { scrape_configs: { job_name: string }[] };
  const measured = Object.entries(services).filter(([, service]) => networksOf(service).includes('metrics')).map(([name]) => name);
  expect(measured.sort()).toEqual([...jobs.map(({ job_name: job }) => job), 'prometheus'].sort());
  expect(mountsOf(services['prometheus']!)).toContainEqual({ source: './monitoring/rules', target: '/etc/prometheus/rules', readOnly: true });
  expect(networksOf(services['grafana']!)).not.toContain('metrics');
});

it('NATS takes its configuration', async () => {
  const conf = path.join(folder, 'nats.conf');
  await writeFile(conf, readFileSync(path.join(workspaceRoot, 'compose/nats.conf'), 'utf8').replace('accounts/accounts.conf', 'server/accounts.conf').replace('/data', folder));
  const checked = await OwnedProcess.start(await natsServerBinary(), ['-t', '-c', conf], { env: {}, cwd: folder, onParentDeath: 'KILL', onLine: undefined });
  expect((await checked.exited).code).toBe(0);
});

function isIn(range: string, address: string): boolean {
  const list = new BlockList();
  const [net = '', prefix] = range.split('/');
  list.addSubnet(net, Number(prefix));
  return list.check(address);
}
