import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceUsers } from '@cepro/jetstream';
import { workspaceRoot } from '@cepro/testkit';
import { appOf, composeFile, isJob, mountsOf, networksOf, type ComposeService } from './compose-file.ts';

const { services, networks, volumes } = composeFile();
const all = Object.entries(services);
const those = (test: (service: ComposeService) => boolean) => all.filter(([, service]) => test(service)).map(([name]) => name).sort();
const read = (file: string) => readFileSync(path.join(workspaceRoot, file), 'utf8');

describe('docker-compose.yml', () => {
  it.each(all)('gives %s no privilege, nothing to write to but volumes, and limits', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], pids_limit: expect.any(Number), mem_limit: expect.stringMatching(/^\d+[mg]$/),
      user: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/), logging: { options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
    });
    for (const forbidden of ['privileged', 'cap_add', 'devices', 'pid', 'ipc', 'env_file']) expect(service).not.toHaveProperty(forbidden);
    for (const { source, readOnly } of mountsOf(service)) {
      expect(source.startsWith('./') ? readOnly : Object.keys(volumes).includes(source)).toBe(true);
    }
  });

  it.each(all)('watches %s without a shell, and starts it again, unless it runs to its end', (_name, service) => {
    if (isJob(service)) {
      expect(service.healthcheck).toEqual({ disable: true });
      return;
    }
    expect(service.restart).toBe('unless-stopped');
    // Our own images bring their check.
    if (appOf(service)) expect(service).not.toHaveProperty('healthcheck');
    else expect(service.healthcheck?.test?.[0]).toBe('CMD');
  });

  it('publishes ports on loopback only, each on a network of its own', () => {
    const published = all.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const));
    expect(published).not.toEqual([]);
    for (const [name, port] of published) {
      expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(networksOf(services[name]!).filter((network) => network.startsWith('host-'))).toHaveLength(1);
    }
    for (const network of Object.keys(networks).filter((name) => name.startsWith('host-'))) {
      expect({ network, on: those((service) => networksOf(service).includes(network)) }).toEqual({ network, on: [network.replace('host-', '')] });
    }
  });

  it('lets nobody out but who has to go out', () => {
    const open = Object.keys(networks).filter((network) => !networks[network]?.internal && !network.startsWith('host-'));
    expect(Object.fromEntries(open.map((network) => [network, those((service) => networksOf(service).includes(network))]))).toEqual({
      deliveries: ['delivery-worker', 'demo-receiver'], names: ['config-api'],
    });
    expect(those(({ network_mode: mode }) => mode !== undefined && mode !== 'none')).toEqual([]);
  });

  it('lets only those to NATS and to Postgres that use them', () => {
    const uses = (variable: string) => those(({ environment = {} }) => variable in environment);
    expect(those((service) => networksOf(service).includes('bus'))).toEqual([...uses('NATS_URL'), 'nats'].sort());
    expect(those((service) => networksOf(service).includes('database'))).toEqual([...uses('DATABASE_URL'), 'database-roles', 'postgres'].sort());
    expect(uses('DATABASE_URL')).not.toContain('delivery-worker');
  });

  it('gives each service that has tables a role of its own, and the superuser to the one that makes the roles', () => {
    const { services: chosen } = composeFile({ CONFIG_API_PASSWORD: 'c', LOG_QUERY_PASSWORD: 'q', LEDGER_PASSWORD: 'l', POSTGRES_PASSWORD: 'p' });
    const [made] = /ARRAY\[(.*?)\]/.exec(read('compose/roles.sql'))?.slice(1) ?? [];
    const roles = [...made!.matchAll(/'(\w+)'/g)].map(([, role]) => role!);
    for (const [name, { environment = {} }] of Object.entries(chosen)) {
      if (name !== 'postgres' && name !== 'database-roles') expect(Object.values(environment).join()).not.toMatch(/postgres:\/\/postgres:/);
      if (!environment['DATABASE_URL']) continue;
      const role = appOf(chosen[name]!)!.replace('-', '_');
      expect(roles).toContain(role);
      const variable = `${role.toUpperCase()}_PASSWORD`;
      expect(environment['DATABASE_URL']).toBe(`postgres://${role}:${chosen['database-roles']!.environment![variable]!}@postgres:5432/webhooks`);
      expect(read('compose/roles.sql')).toContain(`\\getenv ${role} ${variable}\n`);
    }
    const passwords = roles.map((role) => chosen['database-roles']!.environment![`${role.toUpperCase()}_PASSWORD`]);
    expect(new Set([...passwords, chosen['postgres']!.environment!['POSTGRES_PASSWORD']]).size).toBe(4);
    expect(chosen['database-roles']!.environment!['PGPASSWORD']).toBe('p');
  });

  it('shows each container the seed of its own user, and the accounts to NATS', () => {
    for (const [name, service] of all) {
      if (name === 'keys') continue;
      const mounted = mountsOf(service).filter(({ source }) => source.startsWith('keys-'));
      const expected = name === 'nats' ? ['keys-server'] : name === 'demo-publisher' ? ['keys-domains'] : name === 'ledger-check' ? ['keys-operator'] : service.environment?.['NATS_URL'] ? [`keys-${appOf(service)}`] : [];
      expect({ name, mounted: mounted.map(({ source }) => source) }).toEqual({ name, mounted: expected });
      expect(mounted.every(({ readOnly }) => readOnly)).toBe(true);
    }
    const made = [...serviceUsers, 'domains', 'customer-notices', 'server'].map((name) => ({ source: `keys-${name}`, target: `/volumes/keys/${name}`, readOnly: false }));
    expect(new Set(mountsOf(services['keys']!))).toEqual(new Set([...made, { source: 'nats', target: '/volumes/nats', readOnly: false }]));
  });

  it.each(['keys', 'demo-authority', 'demo-receiver'])('mounts what %s writes to over folders that its image gives to its user', (name) => {
    const manifest = JSON.parse(read(`apps/${appOf(services[name]!)}/package.json`)) as { image: { volumes: string[] } };
    for (const { target } of mountsOf(services[name]!)) expect(manifest.image.volumes).toContain(target.replace('/volumes/', ''));
  });

  it('names versions, the same as Kubernetes and the images', () => {
    const images = new Set(all.filter(([, service]) => !appOf(service)).map(([, { image }]) => image));
    for (const image of images) expect(image).toMatch(/:v?\d+(\.\d+)*[\w.-]*$/);
    expect(read('k8s/overlays/development/nats.yaml')).toContain(`image: ${services['nats']?.image}\n`);
    expect(read('k8s/overlays/development/postgres.yaml')).toContain(`image: ${services['postgres']?.image}\n`);
    const bases = ['Dockerfile', 'apps/console/Dockerfile'].flatMap((file) => [...read(file).matchAll(/^FROM (\S+)/gm)].map(([, image]) => image));
    expect(new Set(bases)).toEqual(new Set([expect.stringMatching(/^node:\d+-bookworm-slim$/), services['origin']?.image]));
  });

  it('runs images of ours as the user, and with the heap, that Kubernetes gives them', () => {
    const dockerfile = read('Dockerfile');
    const deployment = read('k8s/base/delivery-worker.yaml');
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(deployment).toContain('runAsUser: 1000\n');
    const [, options] = /NODE_OPTIONS=(\S+)/.exec(dockerfile) ?? [];
    expect(deployment).toContain(`value: ${options}\n`);
    for (const name of those((service) => appOf(service) !== undefined && appOf(service) !== 'console')) expect(services[name]?.user).toBe('1000:1000');
  });

  it('builds each image of ours once, and asks no registry for it', () => {
    const ours = those((service) => appOf(service) !== undefined).map((name) => services[name]!);
    for (const app of new Set(ours.map(appOf))) {
      const builds = ours.filter((service) => appOf(service) === app).flatMap(({ build }) => build ?? []);
      expect(builds).toEqual([app === 'console' ? { context: '.', dockerfile: 'apps/console/Dockerfile' } : { context: '.', args: { APP: app } }]);
    }
    // Compose asks for what is to be built, too, unless it is told not to.
    for (const [name, service] of all) expect({ name, policy: service.pull_policy }).toEqual({ name, policy: !appOf(service) ? undefined : service.build ? 'build' : 'never' });
  });

  it.each(all.filter(([, service]) => appOf(service) && !service.build).map(([name]) => name))('starts %s after somebody who builds its image', (name) => {
    const builder = all.find(([, service]) => service.build && appOf(service) === appOf(services[name]!))![1];
    // They are of the same profile, or the builder is of none: whoever starts all of the one starts the other.
    if (builder.profiles) expect(services[name]!.profiles).toEqual(builder.profiles);
  });
});
