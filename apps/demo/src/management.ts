import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Management {
  readonly port: number;
  close(): Promise<void>;
}

/** Says whether the program is ready: `undefined`, or what it waits for. */
export async function startManagement({ host, port }: { host: string; port: number }, waitsFor: () => string | undefined): Promise<Management> {
  const server = createServer(({ url }, response) => {
    const problem = url === '/health/ready' ? waitsFor() : url === '/health/live' ? undefined : 'nothing is here';
    response.writeHead(problem === undefined ? 200 : url === '/health/ready' ? 503 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(problem === undefined ? { status: 'ok' } : { status: 'not ready', problems: { demo: problem } }));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Resolves when the process is told to end. As process 1 of a container it ends by itself only if it listens for that. */
export function toldToEnd(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  return promise;
}
