import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that operating systems give to outgoing connections. From that range, somebody's connection might take
// the port of a server that a test has stopped and wants to start again.
const lowest = 12_000;
const highest = 32_000;
const handedOut = new Set<number>();

/** A TCP port of loopback that nothing listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port });
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
