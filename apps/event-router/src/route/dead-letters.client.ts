import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { deadLetterOf, routingFaults, type RoutingFault } from '@cepro/contracts';
import { store, type BatchingPublisher, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';

const deadLettered = new Counter({
  name: 'webhooks_dead_letters_total',
  help: 'Events that could not be routed, by reason',
  labelNames: ['reason'],
});
// What has not happened yet is 0: a rate needs something to begin with.
for (const reason of routingFaults) deadLettered.inc({ reason }, 0);

/** Puts aside what can't be routed, with the reason, for people to look at. */
@Injectable()
export class DeadLetters {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** Resolves once the event is stored there; trying it again stores it once. */
  async bury(publisher: BatchingPublisher, { subject, seq: sequence, data, headers }: WorkMessage, reason: RoutingFault, signal: AbortSignal): Promise<void> {
    const letter = deadLetterOf('event', { subject, sequence, data, msgId: headers?.get('Nats-Msg-Id') }, reason);
    await store(publisher, letter, {
      signal,
      onRetry: (error) => this.logger.warn({ reason: reasonOf(error), sequence }, 'a dead letter could not be stored; trying again'),
    });
    deadLettered.inc({ reason });
    this.logger.warn({ reason, subject, sequence, bytes: data.byteLength }, 'event dead-lettered');
  }
}
