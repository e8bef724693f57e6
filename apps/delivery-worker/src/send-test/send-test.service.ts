import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  deliverySubject, newTestDeliveryId, normalLane, shardOf, testErrors, testPayload, traceHeaders,
  type SendTestRequest, type SendTestResult, type TestedAttempt, type TraceContext,
} from '@cepro/contracts';
import { store } from '@cepro/jetstream';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { Configuration } from '../configuration.ts';
import { AttemptTelemetry } from '../send/attempt-telemetry.ts';
import { Endpoints } from '../send/endpoints.ts';
import { Sender } from '../send/sender.service.ts';

/** How long recording a test may hold up its answer, in milliseconds. */
const recordMs = 3_000;

const notSent = { success: false, statusCode: null, responseBody: null, responseTimeMs: 0 };

/** Sends the test payload once, the way every delivery is sent, and logs it as a test. */
@Injectable()
export class SendTestService implements OnModuleDestroy {
  readonly #underWay = new Set<Promise<SendTestResult>>();

  constructor(
    @Inject(Configuration) private readonly configuration: Configuration,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(AttemptTelemetry) private readonly telemetry: AttemptTelemetry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The answer when there is no such endpoint. */
  notFound(): SendTestResult {
    return { ...notSent, error: testErrors.notFound };
  }

  /** Resolves with what the page shows. An endpoint that is switched off can be tested: that is when one tests. */
  async send(request: SendTestRequest, trace: TraceContext | undefined): Promise<SendTestResult> {
    const test = this.#send(request, trace);
    this.#underWay.add(test);
    return await test.finally(() => this.#underWay.delete(test));
  }

  /** A test that was begun gets its entry in the log. */
  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #send({ accountId, endpointId, version, eventType }: SendTestRequest, parent: TraceContext | undefined): Promise<SendTestResult> {
    const { js, shards } = await this.configuration.ready();
    if (!(await this.configuration.knows(version))) return { ...notSent, error: testErrors.failed };
    const endpoint = this.endpoints.find(accountId, endpointId);
    if (!endpoint) return this.notFound();
    const payload = testPayload(new Date(), eventType);
    const requestBody = JSON.stringify(payload);
    const request = { deliveryId: newTestDeliveryId(), eventType: payload.event, attempt: 1, body: Buffer.from(requestBody), trace: parent };
    let made;
    try {
      made = await this.sender.attempt(endpoint, request, undefined);
    } catch (error) {
      this.logger.error({ endpointId, reason: reasonOf(error) }, 'a test could not be sent');
      return { ...notSent, error: testErrors.failed };
    }
    const { attempt, trace } = made;
    this.telemetry.attemptMade(endpointId, attempt, 'test', trace);
    const tested: TestedAttempt = { ...attempt, requestBody };
    await store(js, {
      subject: deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'tested'),
      msgId: attempt.deliveryId,
      data: JSON.stringify(tested),
      ...(trace && { headers: traceHeaders(trace) }),
    }, { signal: AbortSignal.timeout(recordMs) }).catch((error: unknown) => {
      // The test was made, and its answer is worth more than its entry in the log.
      this.logger.error({ endpointId, reason: reasonOf(error) }, 'a test could not be logged');
    });
    const success = attempt.outcome === 'Success';
    return {
      success,
      statusCode: attempt.statusCode,
      responseBody: attempt.statusCode === null ? null : Buffer.from(attempt.responseBody, 'base64').toString('utf8'),
      responseTimeMs: attempt.responseTimeMs,
      error: success ? null : attempt.error === 'url-not-external' ? testErrors.notExternal : testErrors.failed,
    };
  }
}
