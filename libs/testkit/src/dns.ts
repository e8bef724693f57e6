import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';

/** What a name has: addresses (or names, for CNAME), or an error, or silence. */
export type DnsAnswer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'DROP';

export interface DnsQuery {
  /** Lower case, without a dot at the end. */
  readonly name: string;
  /** `A`, `AAAA`, … */
  readonly type: string;
}

export interface DnsOptions {
  /** Called for every question; an empty list means that the name is there and has no such record. */
  answer(name: string, type: string): DnsAnswer | Promise<DnsAnswer>;
}

/** A DNS server for tests: UDP on 127.0.0.1. */
export interface DnsServer {
  readonly port: number;
  /** `127.0.0.1:<port>`, as `Resolver.setServers` takes it. */
  readonly address: string;
  /** Every question, in the order of arrival. */
  readonly queries: readonly DnsQuery[];
  stop(): Promise<void>;
}

interface Packet {
  readonly id?: number;
  readonly type?: 'query' | 'response';
  readonly flags?: number;
  readonly questions?: readonly { readonly name: string; readonly type: string }[];
  readonly answers?: readonly { readonly name: string; readonly type: string; readonly ttl: number; readonly data: string }[];
}

// The package has no types of its own; this is the part of it that is used.
const dnsPacket = createRequire(import.meta.url)('dns-packet') as { encode(packet: Packet): Buffer; decode(bytes: Buffer): Packet };

const responseCodes = { NXDOMAIN: 3, SERVFAIL: 2 } as const;
const recursionAvailable = 0x80;

/** Starts a {@link DnsServer} on a free port. Its records may not be cached (their TTL is 0). */
export async function startDns({ answer }: DnsOptions): Promise<DnsServer> {
  const queries: DnsQuery[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    void respond(bytes).then((response) => response && socket.send(response, from.port, from.address));
  });

  const respond = async (bytes: Buffer): Promise<Buffer | undefined> => {
    const { id = 0, questions = [] } = dnsPacket.decode(bytes);
    const [question] = questions;
    if (!question) return undefined;
    const query = { name: question.name.toLowerCase().replace(/\.$/, ''), type: question.type };
    queries.push(query);
    const found = await answer(query.name, query.type);
    if (found === 'DROP') return undefined;
    const failed = typeof found === 'string';
    return dnsPacket.encode({
      id,
      type: 'response',
      flags: recursionAvailable | (failed ? responseCodes[found] : 0),
      questions,
      answers: failed ? [] : found.map((data) => ({ name: question.name, type: question.type, ttl: 0, data })),
    });
  };

  socket.bind({ address: '127.0.0.1', port: 0 });
  await once(socket, 'listening');
  const { port } = socket.address();
  return {
    port,
    address: `127.0.0.1:${port}`,
    queries,
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
