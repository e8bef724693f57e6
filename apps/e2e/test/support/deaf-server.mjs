// Listens with room for one connection that nobody has accepted. A test stops this process and fills that room: whoever
// connects then gets no answer, not even a refusal, like behind a firewall that drops what it does not like.
import { createServer } from 'node:net';

const server = createServer();
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => process.stdout.write(`${server.address().port}\n`));
