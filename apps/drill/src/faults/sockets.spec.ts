import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { portsTo } from './sockets.ts';

it('finds the connections of a process to a port, and no others', async () => {
  const [server, other] = [createServer(), createServer()];
  for (const each of [server, other]) await once(each.listen({ host: '127.0.0.1', port: 0 }), 'listening');
  const [port, otherPort] = [server, other].map((each) => (each.address() as AddressInfo).port) as [number, number];
  const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1'), connect(otherPort, '127.0.0.1')];
  await Promise.all(clients.map((client) => once(client, 'connect')));
  const wanted = clients.slice(0, 2).map(({ localPort }) => localPort);
  expect(portsTo(process.pid, port).sort()).toEqual(wanted.sort());
  expect(portsTo(process.pid, 1)).toEqual([]);
  // Those of another process are not ours.
  expect(portsTo(process.ppid, port)).toEqual([]);
  for (const client of clients) client.destroy();
  for (const each of [server, other]) await once(each.close(), 'close');
});
