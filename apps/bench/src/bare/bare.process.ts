// The references of a bench run, in a process of their own: the same requests with nothing around them.
import { createHmac } from 'node:crypto';
import { BatchingPublisher, Crew, store, work, type WorkMessage } from '@cepro/jetstream';
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

/**
 * The bare loop by JetStream: take a message, sign, POST, store what came of it, acknowledge the message. By the same means as
 * the worker, and with as much in hand.
 */
export interface ByJetStreamQuestion extends Omit<PostQuestion, 'body'> {
  readonly natsUrl: string;
  /** A stream with `warm` + `count` messages to take, and a durable consumer of the same name. */
  readonly stream: string;
  /** Where what came of a request is stored. */
  readonly recordSubject: string;
  readonly record: string;
}

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function post(url: string, body: Uint8Array, agent: Agent): Promise<void> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-webhook-id': 'dlv_bare', 'x-webhook-signature': signature, 'x-webhook-attempt': '1' };
  const response = await request(url, { method: 'POST', headers, body, dispatcher: agent });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
}

/** How fast requests are made, and the CPU time of the process that makes them for each. */
export interface Speed {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** Of `count` requests since then. */
function speed(count: number, startedAt: number, cpuBefore: NodeJS.CpuUsage): Speed {
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: (count * 1_000) / (monotonicMs() - startedAt), cpuMicroseconds: (user + system) / count };
}

const answers = {
  async post({ urls, body, concurrency, warm, count, ca }: PostQuestion): Promise<Speed> {
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
    const result = speed(count, startedAt, cpu);
    await agent.close();
    return result;
  },

  async postByJetStream({ natsUrl, stream, recordSubject, record, urls, concurrency, warm, count, ca }: ByJetStreamQuestion): Promise<Speed> {
    const agent = new Agent({ pipelining: 1, connect: { ca } });
    const connection = await connect({ servers: natsUrl, noAsyncTraces: true });
    const { promise, resolve, reject } = Promise.withResolvers<Speed>();
    const publisher = new BatchingPublisher(connection, reject);
    let [taken, done] = [0, 0];
    let [startedAt, cpu] = [0, process.cpuUsage()];
    const one = async (message: WorkMessage) => {
      await post(urls[taken++ % urls.length] as string, message.data, agent);
      await store(publisher, { subject: recordSubject, msgId: `bare:${message.seq}`, data: record });
      publisher.withNextWrite(() => message.ack());
      done += 1;
      if (done === warm) [startedAt, cpu] = [monotonicMs(), process.cpuUsage()];
      if (done === warm + count) resolve(speed(count, startedAt, cpu));
    };
    const stop = new AbortController();
    const working = work(connection, {
      stream, durable: stream, prefetch: concurrency, crew: new Crew(concurrency), stop: stop.signal, onInterrupted: reject,
      handle: (message) => one(message).catch(reject),
    });
    try {
      return await promise;
    } finally {
      stop.abort();
      await working;
      publisher.flush();
      await connection.drain();
      await agent.close();
    }
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
