import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import { Counter } from 'prom-client';

const unreadableCounter = new Counter({
  name: 'webhooks_projection_unreadable_total',
  help: 'Messages that a projection could not read and passed over',
  labelNames: ['projection'],
});

/** Tells of the messages that a projection can't read: where they are, never what they hold. */
export class Unreadable {
  #last = 0;

  constructor(private readonly projection: string, private readonly logger: Logger) {}

  /** Passes over a message. One that comes again, as when a batch is tried again, is told of once. */
  passOver({ subject, seq }: Pick<JsMsg, 'subject' | 'seq'>, reason: string): void {
    if (seq <= this.#last) return;
    this.#last = seq;
    unreadableCounter.inc({ projection: this.projection });
    this.logger.error({ projection: this.projection, subject, sequence: seq, reason }, 'a message can not be read; passed over');
  }
}
