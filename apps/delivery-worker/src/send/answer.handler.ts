import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { AttemptError } from '@cepro/contracts';
import { attemptErrorOf } from './attempt-error.ts';
import { decoderOf, type BodyCollector } from './response-body.ts';

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** Answers that only announce the answer (1xx): one or two are usual, and a receiver that sends no end of them costs time. */
const mostInterim = 16;

/** Why an exchange is broken off that is over for us. Nobody hears it. */
const over = new Error('no more of the answer is read');

/**
 * Takes the answer to one request as it comes from the connection, without a stream around each body: most are a few bytes
 * long. What comes after the end, whatever ended it, is not looked at.
 */
export class AnswerHandler implements Dispatcher.DispatchHandler {
  statusCode: number | null = null;
  retryAfter: string | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #interim = 0;
  /** A compressed body, on its way to being unpacked. */
  #packed: Readable | undefined;
  #ended = false;

  /** `onEnd` is called once, with why there is no complete answer, or with `null` if there is one. */
  constructor(private readonly body: BodyCollector, private readonly onEnd: (error: AttemptError | null) => void) {}

  /** Ends the exchange, and breaks off what is left of it: the connection too, since more might come by it. */
  breakOff(error: AttemptError | null): void {
    this.#end(error);
    this.#packed?.destroy(over);
    this.#controller?.abort(over);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection: then it is not sent.
    if (this.#ended) controller.abort(over);
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: Headers): void {
    if (statusCode < 200) {
      this.#interim += 1;
      if (this.#interim > mostInterim) this.breakOff('protocol-error');
      return;
    }
    this.statusCode = statusCode;
    this.retryAfter = first(headers['retry-after']);
    const encoding = headers['content-encoding'];
    const decoder = encoding === undefined ? undefined : decoderOf(Array.isArray(encoding) ? encoding.at(-1) : encoding);
    if (!decoder) return;
    this.#packed = new Readable({ read: () => controller.resume() });
    this.body.unpack(this.#packed, decoder).then(() => this.breakOff(null), (fault: unknown) => this.breakOff(attemptErrorOf(fault)));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    if (!this.#packed) {
      if (!this.body.take(chunk)) this.breakOff(null);
    } else if (!this.#packed.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#packed) this.#packed.push(null);
    else this.#end(null);
  }

  onResponseError(_: unknown, fault: Error): void {
    if (this.#packed) this.#packed.destroy(fault);
    else this.#end(attemptErrorOf(fault));
  }

  #end(error: AttemptError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd(error);
  }
}

/** A header's value; the first if it stands there more than once. */
function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
