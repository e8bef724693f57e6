import path from 'node:path';
import { freePort } from './free-port.ts';
import { natsServerBinary } from './nats-binary.ts';
import { OwnedProcess } from './owned-process.ts';
import { postgresProcess } from './postgres-process.ts';
import type { ServerRunner } from './server-program.ts';

/** Servers as processes of this machine, which die with the one that started them. */
export const processes: ServerRunner = {
  async nats({ dir, port, monitoringPort, onLine }) {
    const binary = await natsServerBinary();
    return {
      listen: `listen: "127.0.0.1:${port}"${monitoringPort ? `; http: "127.0.0.1:${monitoringPort}"` : ''}`,
      start: () => OwnedProcess.start(binary, ['--config', path.join(dir, 'nats-server.conf')], { env: {}, onParentDeath: 'KILL', onLine }),
      remove: async () => undefined,
    };
  },

  postgres: postgresProcess,

  async natsMesh(size) {
    const ports = await Promise.all(Array.from({ length: size }, () => freePort()));
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    return { members: addresses.map((address) => ({ listen: address, address })), remove: async () => undefined };
  },
};
