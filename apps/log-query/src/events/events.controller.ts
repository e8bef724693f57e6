import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { Account, ApiProblems, RequireScope } from '@cepro/service';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { EventAnswer, EventPage } from './event.answers.ts';
import { EventsReader } from './events.reader.ts';
// Nest validates by the class that it finds in the parameter's metadata, so it must be there at run time.
// eslint-disable-next-line @typescript-eslint/consistent-type-imports
import { EventsRequest } from './events.request.ts';

@ApiTags('Events')
@ApiBearerAuth()
@Controller('v1/events')
export class EventsController {
  constructor(@Inject(EventsReader) private readonly reader: EventsReader) {}

  @Get()
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'listEvents', summary: 'The account\'s events and what became of each, newest first' })
  @ApiOkResponse({ type: EventPage })
  @ApiProblems('validation-failed')
  events(@Account() accountId: string, @Query() request: EventsRequest): Promise<EventPage> {
    return this.reader.events(accountId, request);
  }

  @Get(':id')
  @RequireScope('webhooks:read')
  @ApiOperation({ operationId: 'getEvent', summary: 'An event: what was sent, and for each endpoint why it got it or did not' })
  @ApiParam({ name: 'id', description: 'The event\'s id.' })
  @ApiOkResponse({ type: EventAnswer })
  @ApiProblems('event-not-found')
  event(@Account() accountId: string, @Param('id') id: string): Promise<EventAnswer> {
    return this.reader.event(accountId, id);
  }
}
