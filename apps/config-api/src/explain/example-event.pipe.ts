import { createParamDecorator, Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '@cepro/contracts';
import { bodyTextOf, validationPipe } from '@cepro/service';
import { ExampleEventBody } from './example-event.dto.ts';
import type { ExampleEvent } from './explain.ts';

interface SentBody {
  readonly body: unknown;
  readonly text: string | undefined;
}

/** The body of a request, parsed and as it was sent. */
export const SentBody = createParamDecorator((_: unknown, context): SentBody => {
  const request = context.switchToHttp().getRequest<{ readonly body: unknown }>();
  return { body: request.body, text: bodyTextOf(request) };
});

/**
 * Checks an example event: its fields by their class, and `data` only for being an object, as the router does. What comes out
 * has the text as well, since the event's numbers count as they are written.
 */
@Injectable()
export class ExampleEventPipe implements PipeTransform<SentBody, Promise<ExampleEvent>> {
  readonly #shape = validationPipe();

  async transform({ body, text }: SentBody): Promise<ExampleEvent> {
    if (!isObject(body) || text === undefined) throw new DomainError('validation-failed', 'The body must be a JSON object.');
    // What is in it is nobody's business here: a class would be looked for at every level.
    const outside = { ...body, ...(isObject(body['data']) && { data: {} }) };
    const { type } = (await this.#shape.transform(outside, { type: 'body', metatype: ExampleEventBody })) as ExampleEventBody;
    return { type, json: text };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
