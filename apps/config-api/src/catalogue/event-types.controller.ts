import { Controller, Get } from '@nestjs/common';
import { ApiProblems, RequireScope } from '@cepro/service';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EventTypeList, eventTypeList } from './event-type.resource.ts';

@ApiTags('Event types')
@ApiBearerAuth()
@Controller('v1/event-types')
export class EventTypesController {
  @Get()
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'listEventTypes', summary: 'The events that an endpoint can subscribe to', description: 'Scope `webhooks:read`.' })
  @ApiOkResponse({ type: EventTypeList, description: 'Every event type, in the order of the page.' })
  @ApiProblems()
  list(): EventTypeList {
    return eventTypeList;
  }
}
