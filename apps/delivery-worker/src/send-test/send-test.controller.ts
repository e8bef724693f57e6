import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { parseSendTestRequest, sendTestSubject, type SendTestResult } from '@cepro/contracts';
import { SendTestService } from './send-test.service.ts';

/** Answers a Send Test, asked over core NATS. */
@Controller()
export class SendTestController {
  constructor(@Inject(SendTestService) private readonly service: SendTestService) {}

  @MessagePattern(sendTestSubject)
  async sendTest(@Payload() payload: unknown): Promise<SendTestResult> {
    const request = parseSendTestRequest(payload);
    return request.ok ? await this.service.send(request.value) : this.service.notFound();
  }
}
