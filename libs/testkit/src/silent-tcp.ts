import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP server that accepts connections and never says anything. */
export interface SilentTcp {
  readonly port: number;
  /** `https://127.0.0.1:<port>`: a TLS handshake with it never ends. */
  readonly url: string;
  /** How many connections it has accepted. */
  readonly accepted: number;
  stop(): Promise<void>;
}

/** Starts a {@link SilentTcp} on a free port of 127.0.0.1. */
export async function startSilentTcp(): Promise<SilentTcp> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    get accepted() { return accepted; },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening || sockets.size > 0) await once(server, 'close');
    },
  };
}
