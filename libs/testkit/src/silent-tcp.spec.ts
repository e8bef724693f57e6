import { expect, it } from '@jest/globals';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSilentTcp } from './index.ts';

it('accepts a connection and leaves a TLS handshake without an answer', async () => {
  const silent = await startSilentTcp();
  let spoke = false;
  const socket = connect({ host: '127.0.0.1', port: silent.port });
  socket.on('error', () => undefined);
  socket.on('secureConnect', () => { spoke = true; });
  await sleep(150);
  expect([spoke, silent.accepted]).toEqual([false, 1]);
  await silent.stop();
  socket.destroy();
});
