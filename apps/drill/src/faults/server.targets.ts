import type { System } from '@cepro/system';
import { eventually, type NatsServer, type PostgresServer } from '@cepro/testkit';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { Target } from './target.ts';
import type { Watch } from './watch.ts';

/** Postgres, with all its processes. */
export function postgresTarget(postgres: PostgresServer): Target {
  return {
    name: 'Postgres',
    kill: () => postgres.kill(),
    start: () => postgres.restart(),
    pause: () => postgres.pause(),
    resume: async () => postgres.resume(),
    restart: () => postgres.restart(),
  };
}

/** The one NATS server. */
export function natsTarget(system: System, watch: Watch): Target {
  return new NatsTarget('NATS', async () => system.nats, system, watch, true);
}

/** Whichever server of the cluster leads a stream at that moment. */
export function leaderTarget(stream: string, system: System, watch: Watch): Target {
  const leader = async () => await eventually(async () => {
    const { cluster } = await (await managerOf(system)).streams.info(stream);
    const found = system.natsServers.find(({ name }) => name === cluster?.leader);
    if (!found) throw new Error(`${stream} has no leader`);
    return found;
  }, { timeoutMs: watch.patienceMs });
  return new NatsTarget(`leader of ${stream}`, leader, system, watch, false);
}

class NatsTarget implements Target {
  #server: NatsServer | undefined;
  #over: () => void = () => undefined;

  constructor(
    readonly name: string, private readonly find: () => Promise<NatsServer>, private readonly system: System, private readonly watch: Watch,
    /** One server alone forgets, when it is killed, what its consumers heard last; in a cluster the others know it. */
    private readonly isAlone: boolean,
  ) {}

  async kill(): Promise<void> {
    const server = await this.#begin(this.isAlone);
    await server.kill();
  }

  async start(): Promise<void> {
    await this.#server!.restart();
    await this.#well();
  }

  async pause(): Promise<void> {
    const server = await this.#begin(false);
    await server.pause();
  }

  async resume(): Promise<void> {
    this.#server!.resume();
    await this.#well();
  }

  async restart(): Promise<void> {
    const server = await this.#begin(false);
    await server.restart();
    await this.#well();
  }

  async #begin(forgets: boolean): Promise<NatsServer> {
    this.#server = await this.find();
    const ends = [this.watch.cut({ what: 'cut off' }), ...(forgets ? [this.watch.cut({ what: 'forgotten' })] : [])];
    this.#over = () => ends.forEach((end) => end());
    return this.#server;
  }

  /** Waits until every copy of every stream and consumer is there, and every worker is connected. */
  async #well(): Promise<void> {
    const options = { timeoutMs: this.watch.patienceMs, intervalMs: 200 };
    await eventually(() => this.#isWhole(), options).catch((error: Error) => this.watch.report(`${this.name}: ${error.message}`));
    const workers = [...this.system.services.values()].filter(({ app, isRunning }) => app === 'delivery-worker' && isRunning);
    // One that is killed meanwhile is somebody else's.
    await Promise.all(workers.map((worker) => worker.ready(this.watch.patienceMs).catch(() => undefined)));
    this.#over();
  }

  async #isWhole(): Promise<void> {
    const jsm = await managerOf(this.system);
    for await (const { config, cluster } of jsm.streams.list()) {
      checkCopies(config.name, cluster);
      for await (const consumer of jsm.consumers.list(config.name)) {
        if (consumer.config.durable_name) checkCopies(`${config.name}/${consumer.name}`, consumer.cluster);
      }
    }
  }
}

/** What is asked while the connection breaks gets no answer ever: it is asked again soon. */
async function managerOf({ connection }: System): Promise<JetStreamManager> {
  return await jetstreamManager(connection, { timeout: 3_000 });
}

type Copies = Awaited<ReturnType<JetStreamManager['streams']['info']>>['cluster'];

/** A server that stands alone tells nothing of copies. */
function checkCopies(what: string, cluster: Copies | undefined): void {
  if (!cluster) return;
  if (!cluster.leader) throw new Error(`${what} has no leader`);
  if (cluster.replicas?.some(({ current, offline }) => !current || offline)) throw new Error(`a copy of ${what} is behind`);
}
