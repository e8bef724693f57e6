import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError, parseSendTestResult, sendTestSubject, traceHeaders, type SendTestRequest, type SendTestResult } from '@cepro/contracts';
import { connectionOptions, toHeaders } from '@cepro/jetstream';
import { LOGGER, SERVICE, reasonOf, type Logger, type ServiceSettings, type Span, type Tracer } from '@cepro/service';
import { ClientProxyFactory, NatsRecordBuilder, NatsResponseJSONDeserializer, Transport, type ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';

/** Under which Nest provides how long a Send Test may take, in milliseconds. */
export const SEND_TEST_TIMEOUT = Symbol('send test timeout');

/** What Nest throws for an answer that is no JSON reaches nobody who could catch it, and would end the process. */
class AnswerDeserializer extends NatsResponseJSONDeserializer {
  override deserialize(...message: Parameters<NatsResponseJSONDeserializer['deserialize']>): ReturnType<NatsResponseJSONDeserializer['deserialize']> {
    try {
      return super.deserialize(...message);
    } catch {
      return { id: '', response: null, isDisposed: true };
    }
  }
}

/**
 * Asks whichever worker is free to make a Send Test, by NATS request and reply. The client connects when it is first
 * used, and by itself again whenever the connection is lost.
 */
@Injectable()
export class SendTestClient implements OnApplicationShutdown {
  readonly #client: ClientProxy;
  readonly #tracer: Tracer | undefined;

  constructor(
    @Inject(SERVICE) { name, nats, tracer }: ServiceSettings,
    @Inject(SEND_TEST_TIMEOUT) private readonly timeoutMs: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#tracer = tracer;
    const options = connectionOptions({ ...nats, name: `${name} send-test` });
    this.#client = ClientProxyFactory.create({ transport: Transport.NATS, options: { ...options, deserializer: new AnswerDeserializer() } });
  }

  /** @throws DomainError `test-unavailable` if no worker answers in time, or none with an answer that makes sense. */
  async send(request: SendTestRequest): Promise<SendTestResult> {
    const { endpointId, accountId } = request;
    const span = this.#tracer?.start({
      name: `send ${sendTestSubject}`,
      kind: 'client',
      attributes: {
        'messaging.system': 'nats', 'messaging.operation.type': 'send', 'messaging.operation.name': 'send', 'messaging.destination.name': sendTestSubject,
        'cepro.endpoint.id': endpointId, 'cepro.account.id': accountId,
      },
    }, undefined);
    const result = parseSendTestResult(await this.#ask(request, span));
    span?.end({ failed: result.ok ? undefined : 'an answer that makes no sense' });
    if (result.ok) return result.value;
    this.logger.error({ endpointId: request.endpointId, reason: result.reason }, 'a worker answered a Send Test with something else');
    throw new DomainError('test-unavailable');
  }

  async #ask(request: SendTestRequest, span: Span | undefined): Promise<unknown> {
    const message = span ? new NatsRecordBuilder(request).setHeaders(toHeaders(traceHeaders(span.context))).build() : request;
    try {
      return await firstValueFrom(this.#client.send<unknown>(sendTestSubject, message).pipe(timeout(this.timeoutMs)), { defaultValue: null });
    } catch (error) {
      span?.end({ failed: 'no answer' });
      this.logger.warn({ endpointId: request.endpointId, reason: reasonOf(error) }, 'no worker answered a Send Test');
      throw new DomainError('test-unavailable', 'No worker could take the test; try again shortly.');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#client.close();
  }
}
