import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { DomainError, maxEventBytes } from '@cepro/contracts';
import { Account, ApiProblems, bodyProblems, RequireScope } from '@cepro/service';
import { ApiBearerAuth, ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { EndpointIdPipe } from '../endpoints/endpoint-id.pipe.ts';
import { EndpointStore } from '../endpoints/endpoint.store.ts';
import { closedSchemaOf } from '../http/closed-schema.ts';
import { ExampleEventBody } from './example-event.dto.ts';
import { ExampleEventPipe, SentBody } from './example-event.pipe.ts';
import { explainEvent, type ExampleEvent } from './explain.ts';
import { ExampleRequestResource, ExplanationResource } from './explanation.resource.ts';

@ApiTags('Webhook endpoints')
@ApiBearerAuth()
@ApiExtraModels(ExampleEventBody, ExampleRequestResource)
@Controller('v1/webhooks')
export class ExplainController {
  constructor(@Inject(EndpointStore) private readonly store: EndpointStore) {}

  @Post(':id/explain')
  @HttpCode(200)
  // Room for the largest event, laid out for people, and for one that is a little too large: that is an answer too.
  @RequireScope('webhooks:read', { bodyLimitBytes: 2 * maxEventBytes })
  @ApiOperation({
    operationId: 'explainEvent', summary: 'Would the endpoint get such an event, and what would be sent',
    description: 'Sends nothing and changes nothing. Scope `webhooks:read`.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string' }, example: 'wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071' })
  @ApiBody({
    schema: closedSchemaOf(ExampleEventBody),
    examples: { paid: { value: { type: 'invoice.paid', timestamp: '2026-03-20T17:45:30Z', data: { id: 'inv_77d0f3', total: 480 } } } },
  })
  @ApiOkResponse({ type: ExplanationResource, description: 'The verdict by the endpoint as it is now.' })
  @ApiProblems(...bodyProblems, 'endpoint-not-found')
  async explain(
    @Account() accountId: string, @Param('id', EndpointIdPipe) endpointId: string, @SentBody(ExampleEventPipe) event: ExampleEvent,
  ): Promise<ExplanationResource> {
    // Read from the record: a change that was acknowledged counts, however far the view has come.
    const { state } = await this.store.load({ accountId, endpointId });
    if (state.status !== 'live') throw new DomainError('endpoint-not-found');
    return explainEvent(event, state.endpoint, new Date());
  }
}
