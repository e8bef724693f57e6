import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a receiver answers a request. `{}` is 200 with an empty body. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Wait so long before anything is sent. */
  readonly delayMs?: number;
  /** `headers`: never answer. `body`: send headers and `body`, and never end. */
  readonly hang?: 'headers' | 'body';
  /** Send the body one byte at a time, with so long a pause before each. */
  readonly dripMs?: number;
  /** Break the connection with a TCP reset: before the `headers`, or after the first half of the `body`. */
  readonly reset?: 'headers' | 'body';
  /** Send these bytes in place of an HTTP response and close the connection. */
  readonly raw?: string | Buffer;
}

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names as they were sent, each followed by its value. */
  readonly rawHeaders: readonly string[];
  readonly rawBody: Buffer;
  /** When its headers arrived. */
  readonly receivedAt: Date;
  /** Tells connections apart: requests with the same one came over the same connection. */
  readonly remotePort: number;
  /** When the client closed the connection before it had the whole answer; undefined while it has not. */
  readonly gaveUpAt: Date | undefined;
}

/** One answer for all, answers in turn (the last one stays), or a function of the request and its number, from 1. */
export type Behaviour = Answer | readonly Answer[] | ((request: ReceivedRequest, nth: number) => Answer | Promise<Answer>);

/** The answer to the request number `nth`. */
export async function answerOf(behaviour: Behaviour, request: ReceivedRequest, nth: number): Promise<Answer> {
  if (typeof behaviour === 'function') return behaviour(request, nth);
  if (isList(behaviour)) return behaviour[Math.min(nth, behaviour.length) - 1] ?? {};
  return behaviour;
}

function isList(behaviour: Answer | readonly Answer[]): behaviour is readonly Answer[] {
  return Array.isArray(behaviour);
}

/** Does to a request what the answer says. `connection` is the TCP connection under TLS. */
export async function send(answer: Answer, request: IncomingMessage, response: ServerResponse, connection: Socket): Promise<void> {
  const { status = 200, headers = {}, delayMs, hang, dripMs, reset, raw } = answer;
  const body = Buffer.from(answer.body ?? '');
  if (delayMs) await sleep(delayMs);
  if (hang === 'headers' || response.destroyed) return;
  if (reset === 'headers') return void connection.resetAndDestroy();
  if (raw !== undefined) return void request.socket.end(raw);
  response.writeHead(status, hang || headers['content-length'] ? headers : { 'content-length': body.length, ...headers });
  response.flushHeaders();
  if (reset === 'body') {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => setTimeout(() => connection.resetAndDestroy(), 20));
    return;
  }
  if (dripMs !== undefined) await drip(body, dripMs, response);
  else if (body.length > 0) response.write(body);
  if (!hang) response.end();
}

async function drip(body: Buffer, pauseMs: number, response: ServerResponse): Promise<void> {
  for (let i = 0; i < body.length && !response.destroyed; i++) {
    await sleep(pauseMs);
    response.write(body.subarray(i, i + 1));
  }
}
