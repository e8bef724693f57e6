import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';

/** A certificate that signs itself, for the names and the addresses given. */
export async function aCertificate(names: readonly string[], addresses: readonly string[] = []) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? 'receiver' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'subjectAltName', altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))] },
    ],
  });
  return { key, cert };
}

/** A receiver with TLS on a free port of a loopback address, which counts what reaches it. */
export async function aReceiver(certificate: { readonly key: string; readonly cert: string }, address = '127.0.0.1') {
  const seen = { connections: 0, requests: 0, serverNames: [] as (string | false | null)[] };
  const server = createServer(certificate, (request, response) => {
    seen.requests++;
    seen.serverNames.push((request.socket as TLSSocket & { servername: string | false | null }).servername);
    response.end('received');
  });
  server.on('connection', () => seen.connections++);
  server.listen(0, address);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    seen,
    server,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
