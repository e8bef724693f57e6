import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './eventually.ts';
import { readSpans, type ToldSpan } from './otlp-message.ts';

/** How it answers: `hang` takes everything and says nothing; `part` says that it has left out two spans. */
export type CollectorBehaviour = 'take' | 'part' | 'hang' | 'refuse';

export interface Told {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An OpenTelemetry collector for tests: OTLP over HTTP on 127.0.0.1, in protobuf. */
export interface Collector {
  /** `http://127.0.0.1:<port>`, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Every request, in the order of arrival, also those that were not answered well. */
  readonly told: readonly Told[];
  /** Every span that it took. */
  readonly spans: readonly ToldSpan[];
  /** How many requests have had no answer yet, and whose sender still waits for one. */
  readonly hanging: number;
  behave(behaviour: CollectorBehaviour): void;
  /** Waits until there are so many spans that match, and returns them by when they began. */
  waitFor(count: number, matches: (span: ToldSpan) => boolean): Promise<ToldSpan[]>;
  stop(): Promise<void>;
}

/** `partial_success` (1) of an answer, with `rejected_spans` (1) and `error_message` (2). */
const leftOut = Buffer.from([0x0a, 12, 0x08, 2, 0x12, 8, ...Buffer.from('too many')]);

/** Starts a {@link Collector} on a free port. */
export async function startCollector(behaviour: CollectorBehaviour = 'take'): Promise<Collector> {
  const told: Told[] = [];
  const spans: ToldSpan[] = [];
  let now = behaviour;
  let hanging = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      // One that is broken off is no request.
      try {
        for await (const chunk of request) chunks.push(chunk as Buffer);
      } catch {
        return;
      }
      const body = Buffer.concat(chunks);
      told.push({ path: request.url ?? '', headers: request.headers, body });
      hanging += 1;
      response.on('close', () => { hanging -= 1; });
      if (now === 'hang') return;
      if (now !== 'refuse') spans.push(...readSpans(body));
      response.writeHead(now === 'refuse' ? 400 : 200, { 'content-type': 'application/x-protobuf' }).end(now === 'part' ? leftOut : undefined);
    })();
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    spans,
    get hanging() { return hanging; },
    behave(next) { now = next; },
    waitFor: (count, matches) => eventually(() => {
      const found = spans.filter(matches);
      if (found.length < count) throw new Error(`${found.length} of ${count} spans have been told, of ${spans.length} in all: ${spans.map(({ name }) => name).join(', ')}`);
      return found.toSorted((a, b) => a.startedAt - b.startedAt);
    }),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
