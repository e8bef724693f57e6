import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { answerOf, send, type Behaviour, type ReceivedRequest } from './receiver-answer.ts';
import type { KeyPair } from './test-authority.ts';

export interface ReceiverOptions {
  /** Whose certificate it shows: a test authority, or what one has issued. */
  readonly authority: KeyPair;
  /** Default: 200 to everything. */
  readonly behaviour?: Behaviour;
  /** Default: 127.0.0.1. */
  readonly host?: '127.0.0.1' | '::1';
  /** Default: a free one. */
  readonly port?: number;
}

/** A part of a receiver: all of it, or one path. */
export interface ReceiverPath {
  readonly url: string;
  /** What arrived so far, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** From now on it answers so; answers in turn are counted from here. */
  answer(behaviour: Behaviour): void;
  /**
   * Waits until `count` requests have arrived in all, and returns them all. Default: 120 s.
   * @throws Error when the time is up.
   */
  waitFor(count: number, timeoutMs?: number): Promise<readonly ReceivedRequest[]>;
}

/** An HTTPS server that records what it is sent and answers as it is told. */
export interface Receiver extends ReceiverPath {
  /** `https://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** How many TLS connections were made. */
  readonly connections: number;
  /** The part for one path (queries do not count), with requests and answers of its own. */
  at(path: string): ReceiverPath;
  stop(): Promise<void>;
}

/** Starts a {@link Receiver}. */
export async function startReceiver({ authority, behaviour = {}, host = '127.0.0.1', port: wanted = 0 }: ReceiverOptions): Promise<Receiver> {
  const tcp = new Map<number, Socket>();
  const paths = new Map<string, Part>();
  let connections = 0;
  const server = createServer({ key: authority.key, cert: authority.cert, keepAliveTimeout: 60_000, requestTimeout: 0 });
  server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket;
    tcp.set(remotePort, socket);
    socket.on('close', () => tcp.delete(remotePort));
  });
  server.on('secureConnection', () => connections++);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void receive(request, response);
  });
  server.listen({ host, port: wanted });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `https://${host === '::1' ? '[::1]' : host}:${port}`;
  const all = new Part(url, behaviour);

  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const received = await read(request, response);
    if (!received) return;
    const own = paths.get(received.path.split('?', 1)[0] ?? '');
    all.record(received);
    own?.record(received);
    const answer = await (own?.decides ? own : all).next(received);
    const connection = tcp.get(received.remotePort);
    if (connection) await send(answer, request, response, connection);
  };

  return {
    url,
    port,
    requests: all.requests,
    get connections() { return connections; },
    answer: (next) => all.answer(next),
    waitFor: (count, timeoutMs) => all.waitFor(count, timeoutMs),
    at(path) {
      const part = paths.get(path) ?? new Part(url + path);
      paths.set(path, part);
      return part;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

type Recorded = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] };

/** The whole request; undefined when the client broke off while it was sending. */
async function read(request: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest | undefined> {
  const { method = '', url: path = '', headers, rawHeaders, socket } = request;
  const receivedAt = new Date();
  const { remotePort = 0 } = socket;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const received: Recorded = {
    method, path, headers, rawHeaders, rawBody: Buffer.concat(chunks), receivedAt, remotePort, gaveUpAt: undefined,
  };
  response.on('close', () => {
    if (!response.writableFinished) received.gaveUpAt = new Date();
  });
  return received;
}

interface Waiting {
  readonly count: number;
  resolve(): void;
}

class Part implements ReceiverPath {
  readonly url: string;
  readonly requests: ReceivedRequest[] = [];
  #behaviour: Behaviour | undefined;
  #answered = 0;
  #waiting: Waiting[] = [];

  constructor(url: string, behaviour?: Behaviour) {
    this.url = url;
    this.#behaviour = behaviour;
  }

  /** A path without answers of its own gets those of the whole receiver. */
  get decides(): boolean {
    return this.#behaviour !== undefined;
  }

  answer(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#answered = 0;
  }

  next(request: ReceivedRequest) {
    return answerOf(this.#behaviour ?? {}, request, ++this.#answered);
  }

  record(request: ReceivedRequest): void {
    this.requests.push(request);
    const [met, open] = [this.#waiting.filter(({ count }) => count <= this.requests.length), this.#waiting.filter(({ count }) => count > this.requests.length)];
    this.#waiting = open;
    for (const { resolve } of met) resolve();
  }

  async waitFor(count: number, timeoutMs = 120_000): Promise<readonly ReceivedRequest[]> {
    if (this.requests.length < count) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiting = { count, resolve };
      this.#waiting.push(waiting);
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(new Error(`${this.url} got ${this.requests.length} of ${count} requests within ${timeoutMs} ms`));
      }, timeoutMs);
      await promise.finally(() => clearTimeout(timer));
    }
    return [...this.requests];
  }
}
