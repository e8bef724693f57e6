import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload, type NatsContext } from '@nestjs/microservices';
import { parseSendTestRequest, sendTestSubject, traceContextIn, type SendTestResult } from '@cepro/contracts';
import type { MsgHdrs } from '@nats-io/transport-node';
import { SendTestService } from './send-test.service.ts';

/** Answers a Send Test, asked over core NATS. */
@Controller()
export class SendTestController {
  constructor(@Inject(SendTestService) private readonly service: SendTestService) {}

  @MessagePattern(sendTestSubject)
  async sendTest(@Payload() payload: unknown, @Ctx() context: NatsContext): Promise<SendTestResult> {
    const request = parseSendTestRequest(payload);
    const headers = context.getHeaders() as MsgHdrs | undefined;
    const trace = traceContextIn({ header: (name) => headers?.get(name) || undefined });
    return request.ok ? await this.service.send(request.value, trace) : this.service.notFound();
  }
}
