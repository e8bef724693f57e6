import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { AutoDisabler } from '../auto-disable/auto-disabler.service.ts';
import { Notifier } from '../notify/notifier.service.ts';

/** Under which Nest provides how often endpoints are looked at, in milliseconds. */
export const WATCH_INTERVAL = Symbol('watch interval');

/** What is left after so many passes, because another replica tells the same accounts, is told the next time. */
const mostPasses = 10;

/** Looks at endpoints again and again: switches off what has failed for too long, then tells CE Pro what there is to tell. */
@Injectable()
export class EndpointWatch implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(WATCH_INTERVAL) private readonly intervalMs: number,
    @Inject(AutoDisabler) private readonly disabler: AutoDisabler,
    @Inject(Notifier) private readonly notifier: Notifier,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (await sleep(this.intervalMs, true, { signal }).catch(() => false)) {
      await this.#try(() => this.disabler.disableDue(signal), 'failing endpoints could not be looked at; trying again');
      await this.#try(() => this.#tellAllNews(), 'CE Pro could not be told of its endpoints; trying again');
    }
  }

  async #tellAllNews(): Promise<void> {
    const { signal } = this.#stop;
    for (let pass = 0; pass < mostPasses && !signal.aborted; pass += 1) if (!(await this.notifier.tellNews(signal))) return;
  }

  async #try(work: () => Promise<void>, failure: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.logger.warn({ reason: reasonOf(error) }, failure);
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
  }
}
