import { randomUUID } from 'node:crypto';
import { NatsContainer } from '@testcontainers/nats';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { getContainerRuntimeClient, Network } from 'testcontainers';
import { initdbArguments, postgresSettings } from '../postgres-settings.ts';
import type { NatsPlace, ServerRunner } from '../server-program.ts';
import { images } from '../container-images.ts';
import { folderUser } from './folder-user.ts';
import { onLoopback, ServerContainer, testRun, type OnCreated } from './server-container.ts';

/** Servers in containers, with their ports on 127.0.0.1 and nowhere else. */
export const containers: ServerRunner = {
  async nats(place) {
    const user = await whoRunsThis();
    const program = new ServerContainer((onCreated) => natsContainer(place, user, onCreated), place.onLine);
    return {
      listen: `listen: "0.0.0.0:${natsPort}"; client_advertise: "127.0.0.1:${place.port}"; http: "0.0.0.0:${monitoringPort}"`,
      start: () => program.start(),
      remove: () => program.remove(),
    };
  },

  async postgres({ dataDir, port, durable, onLine }) {
    if (dataDir) throw new Error('Postgres in a container keeps its data there: a folder of this machine is for one that runs as a process.');
    const password = randomUUID();
    const program = new ServerContainer((onCreated) =>
      new Postgres(images().postgres, port, onCreated)
        .withDatabase('postgres').withUsername('postgres').withPassword(password)
        .withEnvironment({ POSTGRES_INITDB_ARGS: initdbArguments.join(' ') })
        .withCommand(['postgres', '-c', 'listen_addresses=*', ...postgresSettings({ durable })])
        // Queries that run in parallel share memory, which is 64 MiB otherwise.
        .withSharedMemorySize(256 * 2 ** 20), onLine);
    return {
      dataDir: '/var/lib/postgresql/data',
      adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      start: () => program.start(),
      remove: () => program.remove(),
    };
  },

  async natsMesh(size) {
    const network = await new Network({ nextUuid: () => `${networkPrefix}${testRun()}-${randomUUID()}` }).start();
    const name = network.getName();
    const hosts = Array.from({ length: size }, (_, index) => `nats-${index}`);
    return {
      members: hosts.map((host) => ({ listen: `0.0.0.0:${routePort}`, address: `${host}:${routePort}`, network: { name, host } })),
      remove: async () => void (await network.stop()),
    };
  },
};

/** How the networks of clusters are called, followed by the test run. */
export const networkPrefix = 'cepro-testkit-';

const natsPort = 4_222;
const routePort = 6_222;
const monitoringPort = 8_222;
const postgresPort = 5_432;

/** Its folders are those of this machine, under the same names, so that tests find there what it wrote. */
function natsContainer(place: NatsPlace, user: string | undefined, onCreated: OnCreated): Nats {
  const { dir, storeDir, network } = place;
  const container = new Nats(images().nats, place, onCreated)
    .withBindMounts((storeDir.startsWith(dir) ? [dir] : [dir, storeDir]).map((folder) => ({ source: folder, target: folder })));
  if (user) container.withUser(user);
  return network ? container.withNetworkMode(network.name).withNetworkAliases(network.host) : container;
}

async function whoRunsThis(): Promise<string | undefined> {
  if (!process.getuid) return undefined;
  const { SecurityOptions: options = [] } = (await (await getContainerRuntimeClient()).container.dockerode.info()) as { SecurityOptions?: string[] };
  return folderUser(options, { uid: process.getuid(), gid: process.getgid!() });
}

class Nats extends NatsContainer {
  readonly #place: NatsPlace;
  readonly #onCreated: OnCreated;

  constructor(image: string, place: NatsPlace, onCreated: OnCreated) {
    super(image);
    this.#place = place;
    this.#onCreated = onCreated;
  }

  /** The module would make a user on the command line. Ours are in the file, or nobody is asked who he is. */
  override withCommand(): this {
    return super.withCommand(['--config', `${this.#place.dir}/nats-server.conf`]);
  }

  protected override async beforeContainerCreated(): Promise<void> {
    const { port, monitoringPort: monitoring } = this.#place;
    this.hostConfig.PortBindings = { ...onLoopback(natsPort, port), ...(monitoring && onLoopback(monitoringPort, monitoring)) };
  }

  protected override containerCreated(id: string): Promise<void> {
    return this.#onCreated(id);
  }
}

class Postgres extends PostgreSqlContainer {
  readonly #port: number;
  readonly #onCreated: OnCreated;

  constructor(image: string, port: number, onCreated: OnCreated) {
    super(image);
    this.#port = port;
    this.#onCreated = onCreated;
  }

  protected override async beforeContainerCreated(): Promise<void> {
    this.hostConfig.PortBindings = onLoopback(postgresPort, this.#port);
    // The module's own starts a program four times a second for as long as the server runs.
    this.createOpts.Healthcheck = { Test: ['NONE'] };
  }

  protected override containerCreated(id: string): Promise<void> {
    return this.#onCreated(id);
  }
}
