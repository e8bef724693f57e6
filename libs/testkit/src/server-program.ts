import type { Exit } from './owned-process.ts';

/** A server while it runs, whether as a process of this machine or in a container. */
export interface RunningServer {
  /** Of its first process, in the table of this machine. */
  readonly pid: number;
  readonly isRunning: boolean;
  /** How it ended, or undefined while it runs. */
  readonly exit: Pick<Exit, 'code'> | undefined;
  /** What it wrote since it was started. */
  readonly lines: readonly string[];
  /** The last lines it wrote, for the text of an error. */
  tail(): string;
  /**
   * Asks it to end and waits for that.
   * @throws Error when it did not within `timeoutMs`, and had to be killed.
   */
  stop(signal: NodeJS.Signals, timeoutMs: number): Promise<unknown>;
  /** SIGKILL to it and all its processes, and waits until they are gone. */
  kill(): Promise<void>;
  /** It keeps its connections and does nothing, once this has resolved. */
  pause(): Promise<void>;
  resume(): void;
}

/** A server that can be started, and after its end again, on the same port and with the same files. */
export interface ServerProgram {
  /** @throws PortTakenError when that shows before the server has said anything. */
  start(): Promise<RunningServer>;
  /** Leaves nothing of it but what is in a folder that the caller gave. */
  remove(): Promise<void>;
}

export interface NatsPlace {
  /** Holds `nats-server.conf`; written before every start. */
  readonly dir: string;
  readonly storeDir: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** On 127.0.0.1, where what the server tells of itself is asked for. */
  readonly monitoringPort?: number | undefined;
  /** Where the others of its cluster find it, where that is not the machine's own network. */
  readonly network?: NatsNetwork | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface NatsNetwork {
  readonly name: string;
  readonly host: string;
}

export interface NatsProgram extends ServerProgram {
  /** The line of the server's configuration by which it is found at the given ports. */
  readonly listen: string;
}

export interface PostgresPlace {
  readonly dataDir?: string | undefined;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly durable: boolean;
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface PostgresProgram extends ServerProgram {
  readonly dataDir: string;
  /** The database `postgres`, as superuser; known when it has been started. */
  readonly adminUrl: string;
}

/** How servers that are to make a cluster find each other. */
export interface NatsMesh {
  /** For each of them, where it listens for the others, as `host:port`, and where they find it. */
  readonly members: readonly { readonly listen: string; readonly address: string; readonly network?: NatsNetwork }[];
  /** After all have been stopped. */
  remove(): Promise<void>;
}

/** Where servers run. */
export interface ServerRunner {
  nats(place: NatsPlace): Promise<NatsProgram>;
  postgres(place: PostgresPlace): Promise<PostgresProgram>;
  natsMesh(size: number): Promise<NatsMesh>;
}

export class PortTakenError extends Error {}
