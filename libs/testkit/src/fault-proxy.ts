import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { ByteWatch } from './byte-watch.ts';

export interface ProxyOptions {
  /** A server's URL (`nats://…`, `postgres://…`), or where it listens. */
  readonly target: string | { readonly host: string; readonly port: number };
}

export interface KillPoint {
  /** Looked for in what a client sends. A RegExp sees bytes as latin1 characters. */
  readonly pattern: string | Buffer | RegExp;
  /** At which match, over all connections. Default: 1, the first. */
  readonly nth?: number;
  /** Ends the client's process, with SIGKILL. */
  kill(): void | Promise<void>;
}

/** A TCP proxy in front of a server, which can fail as networks and processes do. */
export interface FaultProxy {
  readonly port: number;
  /** The target's URL with the proxy's address; `tcp://…` when the target was given by host and port. */
  readonly url: string;
  /** How many connections are open now. */
  readonly connections: number;
  /** Calls the listener with whatever a client sends, as it arrives. Returns a function that ends this. */
  onClientBytes(listener: (bytes: Buffer) => void): () => void;
  /** Breaks every connection and accepts no more. */
  cut(): void;
  /** Lets connections through again. */
  restore(): void;
  /**
   * Sets a kill point: the server gets what the client sent up to the match, and not one byte more over that connection;
   * then `kill` is called. Resolves when it has been reached; from then on everything passes again. One at a time.
   * @throws Error when another one has not been reached yet.
   */
  killOn(point: KillPoint): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a {@link FaultProxy} on a free port of 127.0.0.1. */
export async function startProxy({ target }: ProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxy(typeof target === 'string' ? addressOf(new URL(target)) : target);
  const port = await proxy.listen();
  const url = new URL(typeof target === 'string' ? target : 'tcp://host');
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    port,
    url: url.href.replace(/^(nats:\/\/[^/]+)\/$/, '$1'),
    get connections() { return proxy.connections; },
    onClientBytes: (listener) => proxy.onClientBytes(listener),
    cut: () => proxy.cut(),
    restore: () => proxy.restore(),
    killOn: (point) => proxy.killOn(point),
    stop: () => proxy.stop(),
  };
}

const defaultPorts: Readonly<Record<string, number>> = { 'nats:': 4222, 'postgres:': 5432, 'postgresql:': 5432 };

function addressOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (defaultPorts[protocol] ?? 0) };
}

/** After so long without more bytes, what may be the beginning of a match is passed on: the server might be waiting for it. */
const holdMs = 20;

interface ActivePoint {
  /** A watch over one connection; all of a point's watches count together. */
  watch(): ByteWatch;
  fire(): void;
}

class Proxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  readonly #pairs = new Map<Socket, Socket>();
  readonly #listeners = new Set<(bytes: Buffer) => void>();
  #isCut = false;
  #point: ActivePoint | undefined;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port: 0 });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  onClientBytes(listener: (bytes: Buffer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cut(): void {
    this.#isCut = true;
    for (const [client, server] of this.#pairs) for (const socket of [client, server]) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  async killOn({ pattern, nth = 1, kill }: KillPoint): Promise<void> {
    if (this.#point) throw new Error('a kill point is set already, and has not been reached');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let matches = 0;
    this.#point = {
      watch: () => new ByteWatch(typeof pattern === 'string' ? Buffer.from(pattern) : pattern, () => ++matches === nth),
      fire: () => {
        this.#point = undefined;
        void new Promise<void>((done) => done(kill())).then(resolve, reject);
      },
    };
    return promise;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#isCut) return void client.destroy();
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    this.#pairs.set(client, server);
    for (const [one, other] of [[client, server], [server, client]] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(client);
      });
      one.on('drain', () => other.resume());
    }
    server.on('data', (bytes) => {
      if (!client.write(bytes)) server.pause();
    });
    server.on('end', () => client.end());
    this.#forwardClientBytes(client, server);
  }

  #forwardClientBytes(client: Socket, server: Socket): void {
    let timer: NodeJS.Timeout | undefined;
    let watched: { readonly point: ActivePoint; readonly watch: ByteWatch } | undefined;
    const passOn = (bytes: Buffer) => {
      if (bytes.length > 0 && !server.write(bytes)) client.pause();
    };
    const passOnHeld = () => {
      clearTimeout(timer);
      if (watched) passOn(watched.watch.flush());
    };
    client.on('data', (bytes) => {
      clearTimeout(timer);
      for (const listener of this.#listeners) listener(bytes);
      const point = this.#point;
      if (watched && watched.point !== point) {
        // Another connection has reached the point that this one kept bytes back for.
        passOnHeld();
        watched = undefined;
      }
      if (!point) return passOn(bytes);
      watched ??= { point, watch: point.watch() };
      const { pass, matched, holding } = watched.watch.feed(bytes);
      passOn(pass);
      if (holding) timer = setTimeout(passOnHeld, holdMs);
      if (!matched) return;
      this.#pairs.delete(client);
      letServerReadTheRest(client, server);
      point.fire();
    });
    client.on('end', () => {
      passOnHeld();
      server.end();
    });
    client.on('close', () => clearTimeout(timer));
  }
}

/**
 * Ends a connection at a kill point. The client's side breaks at once; the server's is closed in good order, since a reset
 * could make the server lose bytes that it has not read yet.
 */
function letServerReadTheRest(client: Socket, server: Socket): void {
  client.removeAllListeners();
  client.on('error', () => undefined);
  client.destroy();
  server.removeAllListeners('data');
  server.resume();
  server.end();
  server.setTimeout(5_000, () => server.destroy());
}
