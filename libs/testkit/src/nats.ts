import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { PortTakenError, type NatsNetwork, type NatsProgram, type RunningServer } from './server-program.ts';
import { serverRunner, startOnPort } from './server-runner.ts';

export interface NatsOptions {
  /** Where JetStream keeps its files. Default: a folder of its own that is removed when the server is stopped. */
  readonly storeDir?: string;
  /** Default: a free one, which stays the same over a restart. */
  readonly port?: number;
  /** Where it tells of itself by HTTP, as an exporter of metrics asks it to. Default: nowhere. */
  readonly monitoringPort?: number;
  /** Flush every write to the disk before it is acknowledged (`sync_interval: always`). Default: false. */
  readonly alwaysSync?: boolean;
  /** Default: 1 MiB, as the server's own. */
  readonly maxPayloadBytes?: number;
  /** More of the server's configuration, as it stands in its file. */
  readonly config?: string;
  /** Where the others of a cluster find it; see {@link NatsMesh}. */
  readonly network?: NatsNetwork;
  readonly onLine?: (line: string) => void;
}

/** A nats-server with JetStream on 127.0.0.1. */
export interface NatsServer {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** What it calls itself, to clients and to the others of a cluster; the same over a restart. */
  readonly name: string;
  readonly pid: number;
  readonly storeDir: string;
  /** What the server wrote since it was last started. */
  readonly lines: readonly string[];
  /** Ends it; removes its files unless they are in a given folder. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash of the process does. The files stay for {@link NatsServer.restart}. */
  kill(): Promise<void>;
  /** Starts it again with the same port and files, after ending it if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): Promise<void>;
  resume(): void;
}

/** Starts a nats-server and waits until it accepts connections. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const runner = await serverRunner();
  const dir = await mkdtemp(path.join(tmpdir(), 'cepro-nats-'));
  const storeDir = options.storeDir ?? path.join(dir, 'store');
  await mkdir(storeDir, { recursive: true });

  // Kept over restarts: in a cluster, what a server holds is its own by its name.
  const name = randomUUID();

  const launch = async (program: NatsProgram, port: number) => {
    await writeFile(path.join(dir, 'nats-server.conf'), configuration({ ...options, storeDir, listen: program.listen }, name));
    const started = await program.start();
    await waitUntilItAccepts(started, port, name);
    return started;
  };

  const place = { dir, storeDir, monitoringPort: options.monitoringPort, network: options.network, onLine: options.onLine };
  const { port, program, ...first } = await startOnPort(options.port, (port) => runner.nats({ ...place, port }), launch).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  let { server } = first;
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    name,
    storeDir,
    get pid() { return server.pid; },
    get lines() { return server.lines; },
    async stop() {
      await server.stop('SIGTERM', stopTimeoutMs);
      await program.remove();
      await rm(dir, { recursive: true, force: true });
    },
    kill: () => server.kill(),
    async restart() {
      await server.stop('SIGTERM', stopTimeoutMs);
      server = await launch(program, port);
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}

const stopTimeoutMs = 60_000;

type Configuration = NatsOptions & { readonly storeDir: string; readonly listen: string };

function configuration({ storeDir, listen, alwaysSync, maxPayloadBytes = 1_048_576, config = '' }: Configuration, name: string): string {
  return `server_name: "${name}"
${listen}
max_payload: ${maxPayloadBytes}
jetstream {
  store_dir: ${JSON.stringify(storeDir)}${alwaysSync ? '\n  sync_interval: always' : ''}
}
${config}
`;
}

/** The server says its name in its first line, so that another one on the same port is not taken for it. */
async function waitUntilItAccepts(server: RunningServer, port: number, name: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (!server.isRunning) {
      const text = `nats-server ended with code ${server.exit?.code}:\n${server.tail()}`;
      throw server.lines.some((line) => line.includes('address already in use')) ? new PortTakenError(text) : new Error(text);
    }
    if ((await firstLine(port))?.includes(name)) return;
    await sleep(20);
  }
  await server.kill();
  throw new Error(`nats-server did not accept connections within 60 s:\n${server.tail()}`);
}

function firstLine(port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let text = '';
  const socket = connect({ host: '127.0.0.1', port });
  socket.setTimeout(1_000, () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (text.includes('\r\n')) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(text.includes('\r\n') ? text : undefined));
  return promise;
}
