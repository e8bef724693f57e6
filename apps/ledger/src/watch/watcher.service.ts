import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { everyStream, orAborted } from '@cepro/jetstream';
import { LOGGER, NatsClient, reasonOf, type Logger } from '@cepro/service';
import { CONFIG } from '../config.token.ts';
import type { Config } from '../config.ts';
import { lookAtStorage, lookAtStream } from './jetstream.client.ts';
import { allWatched, storageWatched, streamWatched } from './watch.telemetry.ts';

/** After so long a look is broken off. */
const patienceMs = 20_000;

/**
 * Looks at streams and consumers now and then, and shows them as metrics. It needs nothing but NATS, and nothing waits for it: these are the
 * figures by which somebody finds out why no balance is drawn.
 */
@Injectable()
export class Watcher implements OnModuleInit, OnModuleDestroy {
  readonly #stop = new AbortController();
  #problem: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const problem = await this.#look().then(() => undefined, reasonOf);
      if (signal.aborted) return;
      if (problem && problem !== this.#problem) this.logger.warn({ reason: problem }, 'streams could not be looked at; trying again');
      if (!problem && this.#problem) this.logger.info('streams can be looked at again');
      this.#problem = problem;
      await sleep(this.config.LEDGER_WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What can be looked at is shown, also when something else can not. @throws the reasons why. */
  async #look(): Promise<void> {
    const at = Date.now();
    const { signal: stop } = this.#stop;
    const js = await orAborted(this.nats.jetstream(), stop);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
    const jsm = await js.jetstreamManager(false);
    const looks = [
      lookAtStorage(jsm).then(storageWatched),
      ...everyStream.map(async (name) => {
        const { stream, consumers, missing } = await lookAtStream(jsm, name, signal);
        streamWatched(name, stream, consumers);
        if (missing !== undefined) throw new Error(`consumer ${missing} of ${name} is missing`);
      }),
    ];
    const results = await orAborted(Promise.allSettled(looks), signal);
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [reasonOf(result.reason)] : []));
    if (reasons.length > 0) throw new Error([...new Set(reasons)].join('; '));
    allWatched(at);
  }
}
