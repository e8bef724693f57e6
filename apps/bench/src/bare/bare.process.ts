// The references of a bench run, in a process of their own: the same requests with nothing around them.
import { createHmac } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Agent, request } from 'undici';
import { answerParent } from '../child.ts';
import { monotonicMs } from '../clock.ts';

/** The bare loop: sign, POST, read the answer. */
export interface PostQuestion {
  readonly urls: readonly string[];
  readonly body: string;
  /** How many at a time. */
  readonly concurrency: number;
  /** How many before the clock starts, so that connections are there and the code is compiled. */
  readonly warm: number;
  readonly count: number;
  /** The certificate authority to trust. */
  readonly ca: string;
}

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function post(url: string, body: Uint8Array, agent: Agent): Promise<void> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-webhook-id': 'dlv_bare', 'x-webhook-signature': signature, 'x-webhook-attempt': '1' };
  const response = await request(url, { method: 'POST', headers, body, dispatcher: agent });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
}

const answers = {
  async post({ urls, body, concurrency, warm, count, ca }: PostQuestion): Promise<{ perSecond: number; cpuMicroseconds: number }> {
    const agent = new Agent({ pipelining: 1, connect: { ca } });
    const bytes = Buffer.from(body);
    let next = 0;
    const until = async (end: number) => {
      const one = async () => {
        while (next < end) await post(urls[next++ % urls.length] as string, bytes, agent);
      };
      await Promise.all(Array.from({ length: concurrency }, one));
    };
    await until(warm);
    const [startedAt, cpu] = [monotonicMs(), process.cpuUsage()];
    await until(warm + count);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (monotonicMs() - startedAt) / 1_000;
    await agent.close();
    return { perSecond: count / seconds, cpuMicroseconds: (user + system) / count };
  },

  /** Takes messages from a stream and posts each: the shortest way from a publisher to a receiver by way of JetStream. */
  async forward({ natsUrl, stream, url, ca }: { natsUrl: string; stream: string; url: string; ca: string }): Promise<void> {
    // Bounded, or a burst would be spent on making connections.
    const agent = new Agent({ pipelining: 1, connections: 32, connect: { ca } });
    const connection = await connect({ servers: natsUrl });
    const consumer = await jetstream(connection).consumers.get(stream, stream);
    await consumer.consume({
      callback: (message) => void post(url, message.data, agent).then(() => message.ack(), () => message.nak()),
    });
  },
};

export type BareAnswers = typeof answers;

answerParent(answers);
