import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as dnsPacket from 'dns-packet';

/** What the name server does with a question: addresses (or names, as aliases), a response code, or no answer at all. */
export type Reply = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'silence' | 'garbage';

/** Response codes of RFC 1035, 4.1.1. */
const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 };

/** A name server on a free UDP port of the loopback interface that answers as it is told, and counts the questions. */
export async function aNameServer(zone: Readonly<Record<string, { readonly A: Reply; readonly AAAA: Reply }>>) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    asked.push(`${question.type} ${name}`);
    const reply = zone[name]?.[question.type as 'A' | 'AAAA'] ?? 'NXDOMAIN';
    if (reply === 'silence') return;
    if (reply === 'garbage') return socket.send(Buffer.concat([message.subarray(0, 2), Buffer.from('not DNS')]), port, address);

    const code = typeof reply === 'string' ? codes[reply] : 0;
    const answers = typeof reply === 'string' ? [] : reply.map((data) => answer(question, data));
    const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | code;
    socket.send(dnsPacket.encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function answer({ name, type }: dnsPacket.Question, data: string): dnsPacket.Answer {
  const isAddress = type === 'A' ? /^[\d.]+$/.test(data) : data.includes(':');
  return { name, type: isAddress ? (type as 'A' | 'AAAA') : 'CNAME', ttl: 0, data };
}
