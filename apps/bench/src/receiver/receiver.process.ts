// The receivers of a bench run, in a process of their own: every request gets a fixed answer, by the first part of its path.
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { answerParent } from '../child.ts';
import { monotonicMs } from '../clock.ts';
import { answerTo } from './answer.ts';
import { RequestParser } from './request-parser.ts';

/** What is kept of the requests, one place of each list for each. */
export interface Requests {
  /** The paths by number. */
  readonly paths: readonly string[];
  readonly path: Float64Array;
  readonly attempt: Float64Array;
  /** Both on the clock of `monotonicMs`; `sentAt` is NaN for a request without mark. */
  readonly sentAt: Float64Array;
  readonly firstByteAt: Float64Array;
  /** The delivery's id; kept for second and later attempts only, others are empty. */
  readonly deliveryId: readonly string[];
}

/** How many requests have arrived. */
export interface Count {
  readonly count: number;
  /** Those of them that were second or later attempts. */
  readonly retries: number;
  /** When that was, on the clock of `monotonicMs`. */
  readonly at: number;
}

const pathNumbers = new Map<string, number>();
const kept = { path: [] as number[], attempt: [] as number[], sentAt: [] as number[], firstByteAt: [] as number[], deliveryId: [] as string[] };
let count = 0;
let retries = 0;
let keeping = false;

const answers = {
  /** Listens on so many ports with TLS and without. */
  async listen({ tls, plain, key, cert }: { tls: number; plain: number; key: string; cert: string }): Promise<{ tls: number[]; plain: number[] }> {
    const listen = (ports: number, create: () => Server) => Promise.all(Array.from({ length: ports }, () => listening(create())));
    return {
      tls: await listen(tls, () => createTlsServer({ key, cert, noDelay: true }, serve)),
      plain: await listen(plain, () => createTcpServer({ noDelay: true }, serve)),
    };
  },
  /** Begins anew. Without `keep` requests are only counted. */
  reset({ keep }: { keep: boolean }): void {
    for (const list of Object.values(kept)) list.length = 0;
    pathNumbers.clear();
    count = 0;
    retries = 0;
    keeping = keep;
  },
  count(): Count {
    return { count, retries, at: monotonicMs() };
  },
  take(): Requests {
    return {
      paths: [...pathNumbers.keys()],
      path: Float64Array.from(kept.path),
      attempt: Float64Array.from(kept.attempt),
      sentAt: Float64Array.from(kept.sentAt),
      firstByteAt: Float64Array.from(kept.firstByteAt),
      deliveryId: kept.deliveryId,
    };
  },
};

export type ReceiverAnswers = typeof answers;

function serve(socket: Socket): void {
  const parser = new RequestParser((request) => {
    count += 1;
    if (request.attempt > 1) retries += 1;
    if (keeping) {
      let number = pathNumbers.get(request.path);
      if (number === undefined) pathNumbers.set(request.path, (number = pathNumbers.size));
      kept.path.push(number);
      kept.attempt.push(request.attempt);
      kept.sentAt.push(request.sentAt ?? Number.NaN);
      kept.firstByteAt.push(request.firstByteAt);
      kept.deliveryId.push(request.attempt > 1 ? request.deliveryId : '');
    }
    const answer = answerTo(request);
    if (answer) socket.write(answer);
  });
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    try {
      parser.feed(chunk, monotonicMs());
    } catch {
      socket.destroy();
    }
  });
}

async function listening(server: Server): Promise<number> {
  server.on('tlsClientError', () => undefined);
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

answerParent(answers);
