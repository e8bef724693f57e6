import {
  Body, createParamDecorator, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, type ExecutionContext,
} from '@nestjs/common';
import { Account, ApiProblems, bodyProblems, RequireScope } from '@cepro/service';
import {
  ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiExtraModels, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags,
} from '@nestjs/swagger';
import { cursorAfter, readCursor } from './cursor.ts';
import { ChangeEndpointBody, CreateEndpointBody } from './endpoint-body.dto.ts';
import { ChangeEndpointPipe, CreateEndpointPipe } from './endpoint-body.pipe.ts';
import { EndpointIdPipe } from './endpoint-id.pipe.ts';
import {
  CreatedEndpointResource, EndpointPageResource, EndpointResource, endpointResource, endpointResourceOfRow,
} from './endpoint.resource.ts';
import { EndpointService } from './endpoint.service.ts';
// Nest finds the class that checks a query or a body in the metadata of its parameter, so it must be there at run time.
// eslint-disable-next-line @typescript-eslint/consistent-type-imports
import { PageQuery } from './page-query.dto.ts';
import { SendTestBody } from './send-test.dto.ts';
import { SendTestClient } from './send-test.client.ts';
import { SendTestResource } from './send-test.resource.ts';
import { closedSchemaOf } from '../http/closed-schema.ts';
import { EndpointReader } from '../read-model/endpoint.reader.ts';
import { noHealthFacts } from '../read-model/health.ts';

/** The body for a pipe that checks it whole; Nest's own decorator would have it checked by the class alone before. */
const CheckedBody = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<{ readonly body: unknown }>().body);

const ApiEndpointId = () => ApiParam({ name: 'id', schema: { type: 'string' }, example: 'wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071' });

@ApiTags('Webhook endpoints')
@ApiBearerAuth()
@ApiExtraModels(CreateEndpointBody, ChangeEndpointBody)
@Controller('v1/webhooks')
export class EndpointsController {
  constructor(
    @Inject(EndpointService) private readonly endpoints: EndpointService,
    @Inject(EndpointReader) private readonly reader: EndpointReader,
    @Inject(SendTestClient) private readonly tests: SendTestClient,
  ) {}

  @Post()
  @RequireScope('webhooks:write')
  @ApiOperation({
    operationId: 'createWebhook', summary: 'Add an endpoint',
    description: 'The answer holds the signing secret, which is never shown again. Scope `webhooks:write`.',
  })
  @ApiBody({
    schema: closedSchemaOf(CreateEndpointBody),
    examples: {
      minimal: { value: { url: 'https://hooks.example.com/ce-pro', events: ['invoice.paid'] } },
      full: { value: { url: 'https://hooks.example.com/ce-pro', events: ['estimate.accepted', 'invoice.paid'], active: false, description: 'Our CRM', rateLimit: 25 } },
    },
  })
  @ApiCreatedResponse({ type: CreatedEndpointResource, description: 'The endpoint, with its secret.' })
  @ApiProblems(...bodyProblems, 'endpoint-limit-reached', 'endpoint-conflict')
  async create(@Account() accountId: string, @CheckedBody(CreateEndpointPipe) body: CreateEndpointBody): Promise<CreatedEndpointResource> {
    const { endpoint, secret } = await this.endpoints.create(accountId, body);
    return { ...endpointResource(endpoint, noHealthFacts), secret };
  }

  @Get()
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'listWebhooks', summary: 'The account\'s endpoints, in the order of their creation', description: 'Scope `webhooks:read`.' })
  @ApiOkResponse({ type: EndpointPageResource, description: 'One page.' })
  @ApiProblems('validation-failed')
  async list(@Account() accountId: string, @Query() { limit = 50, cursor }: PageQuery): Promise<EndpointPageResource> {
    const { rows, nextAfter } = await this.reader.page(accountId, limit, cursor === undefined ? undefined : readCursor(cursor));
    return { data: rows.map(endpointResourceOfRow), nextCursor: nextAfter === undefined ? null : cursorAfter(nextAfter) };
  }

  @Get(':id')
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'getWebhook', summary: 'One endpoint, with its health', description: 'Scope `webhooks:read`.' })
  @ApiEndpointId()
  @ApiOkResponse({ type: EndpointResource, description: 'The endpoint.' })
  @ApiProblems('endpoint-not-found')
  async one(@Account() accountId: string, @Param('id', EndpointIdPipe) id: string): Promise<EndpointResource> {
    return endpointResourceOfRow(await this.reader.one(accountId, id));
  }

  @Patch(':id')
  @RequireScope('webhooks:write')
  @ApiOperation({
    operationId: 'changeWebhook', summary: 'Change an endpoint, or switch it on or off',
    description: 'What is left out stays as it is. Scope `webhooks:write`.',
  })
  @ApiEndpointId()
  @ApiBody({
    schema: closedSchemaOf(ChangeEndpointBody),
    examples: {
      disable: { value: { active: false } },
      subscribe: { value: { events: ['lead.created', 'invoice.paid'], description: null } },
    },
  })
  @ApiOkResponse({ type: EndpointResource, description: 'The endpoint as it is now.' })
  @ApiProblems(...bodyProblems, 'endpoint-not-found', 'endpoint-conflict')
  async change(
    @Account() accountId: string, @Param('id', EndpointIdPipe) id: string, @CheckedBody(ChangeEndpointPipe) body: ChangeEndpointBody,
  ): Promise<EndpointResource> {
    const { endpoint, seen } = await this.endpoints.change({ accountId, endpointId: id }, body);
    const health = seen ? await this.reader.healthOf(id) : undefined;
    return endpointResource(endpoint, health === null ? noHealthFacts : health);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('webhooks:write')
  @ApiOperation({
    operationId: 'deleteWebhook', summary: 'Delete an endpoint with all its delivery history', description: 'For good. Scope `webhooks:write`.',
  })
  @ApiEndpointId()
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems('endpoint-not-found', 'endpoint-conflict')
  async remove(@Account() accountId: string, @Param('id', EndpointIdPipe) id: string): Promise<void> {
    await this.endpoints.remove({ accountId, endpointId: id });
  }

  @Post(':id/test')
  @HttpCode(200)
  @RequireScope('webhooks:write')
  @ApiOperation({
    operationId: 'testWebhook', summary: 'Send the test payload to the endpoint now, and tell what came of it',
    description: 'Also for an endpoint that is switched off. Without a body it sends CE Pro\'s sample `estimate.created`. Scope `webhooks:write`.',
  })
  @ApiEndpointId()
  @ApiBody({ type: SendTestBody, required: false })
  @ApiOkResponse({ type: SendTestResource, description: 'What came of it, also if the receiver failed.' })
  @ApiProblems(...bodyProblems, 'endpoint-not-found', 'test-unavailable')
  async test(@Account() accountId: string, @Param('id', EndpointIdPipe) id: string, @Body() body?: SendTestBody): Promise<SendTestResource> {
    const address = { accountId, endpointId: id };
    const version = await this.endpoints.versionOf(address);
    return await this.tests.send({ ...address, version, ...(body?.eventType && { eventType: body.eventType }) });
  }
}
