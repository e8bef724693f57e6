import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { Account, ApiProblems, RequireScope } from '@cepro/service';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RetryAnswer } from '../read/log.answers.ts';
import { RetryService } from './retry.service.ts';

@ApiTags('Log')
@ApiBearerAuth()
@Controller('v1')
export class RetryController {
  constructor(@Inject(RetryService) private readonly retries: RetryService) {}

  @Post('deliveries/:id/retry')
  @HttpCode(202)
  @RequireScope('webhooks:write')
  @ApiOperation({
    operationId: 'retryDelivery',
    summary: 'Sends a failed or cancelled delivery again at once: the same X-Webhook-ID, one more attempt',
  })
  @ApiParam({ name: 'id', description: 'The delivery\'s id.' })
  @ApiAcceptedResponse({ type: RetryAnswer })
  @ApiProblems('delivery-not-found', 'delivery-not-failed', 'endpoint-disabled')
  retry(@Account() accountId: string, @Param('id') id: string): Promise<RetryAnswer> {
    return this.retries.retry(accountId, id);
  }
}
