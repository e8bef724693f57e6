import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Account, ApiProblems, RequireScope } from '@cepro/service';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
// Nest validates by the class that it finds in the parameter's metadata, so it must be there at run time.
// eslint-disable-next-line @typescript-eslint/consistent-type-imports
import { AttemptsRequest } from './attempts.request.ts';
import { AttemptStats, DeliveryAnswer, LogPage } from './log.answers.ts';
import { LogReader } from './log.reader.ts';

@ApiTags('Log')
@ApiBearerAuth()
@Controller('v1')
export class LogController {
  constructor(@Inject(LogReader) private readonly log: LogReader) {}

  @Get('webhooks/:id/attempts')
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'listAttempts', summary: 'The log of an endpoint: one entry for each attempt, newest first' })
  @ApiParam({ name: 'id', description: 'The endpoint\'s id.' })
  @ApiOkResponse({ type: LogPage })
  @ApiProblems('endpoint-not-found', 'validation-failed')
  attempts(@Account() accountId: string, @Param('id') id: string, @Query() request: AttemptsRequest): Promise<LogPage> {
    return this.log.attempts(accountId, id, request);
  }

  @Get('webhooks/:id/attempts/stats')
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'getAttemptStats', summary: 'How the attempts of the last 24 hours went, hour by hour, without Send Tests' })
  @ApiParam({ name: 'id', description: 'The endpoint\'s id.' })
  @ApiOkResponse({ type: AttemptStats })
  @ApiProblems('endpoint-not-found')
  stats(@Account() accountId: string, @Param('id') id: string): Promise<AttemptStats> {
    return this.log.stats(accountId, id);
  }

  @Get('deliveries/:id')
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'getDelivery', summary: 'A delivery: its request, and every attempt with the answer' })
  @ApiParam({ name: 'id', description: 'The delivery\'s id.' })
  @ApiOkResponse({ type: DeliveryAnswer })
  @ApiProblems('delivery-not-found')
  delivery(@Account() accountId: string, @Param('id') id: string): Promise<DeliveryAnswer> {
    return this.log.delivery(accountId, id);
  }
}
