import { Inject, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { DomainError, testErrors, type FieldFault } from '@cepro/contracts';
import { EgressGuard } from '@cepro/egress-guard';
import { validationPipe } from '@cepro/service';
import { ChangeEndpointBody, CreateEndpointBody } from './endpoint-body.dto.ts';
import { faultsOfEvents } from './event-selection.ts';

/**
 * Checks the body of an endpoint: its shape by its class, its events by the catalogue, its URL by the egress guard, which
 * asks DNS. It is one pipe instead of decorators on the class, because the guard is injected and its reason differs from
 * URL to URL, and still every fault of every field belongs into one answer. What comes out has the URL as it is stored.
 */
abstract class EndpointBodyPipe<T extends CreateEndpointBody | ChangeEndpointBody> implements PipeTransform<unknown, Promise<T>> {
  readonly #shape = validationPipe();

  constructor(private readonly type: Type<T>, private readonly guard: EgressGuard) {}

  async transform(value: unknown): Promise<T> {
    if (!isObject(value)) throw new DomainError('validation-failed', 'The body must be a JSON object.');
    const [shape, url] = await Promise.all([this.#checkShape(value), this.#checkUrl(value['url'])]);
    const faults = [...shape.faults, ...faultsOfEvents(value['events']), ...url.faults];
    if (!shape.body || faults.length > 0) throw new DomainError('validation-failed', undefined, faults);
    return url.href === undefined ? shape.body : Object.assign(shape.body, { url: url.href });
  }

  async #checkShape(value: object): Promise<{ body?: T; faults: readonly FieldFault[] }> {
    try {
      return { body: await this.#shape.transform(value, { type: 'body', metatype: this.type }) as T, faults: [] };
    } catch (error) {
      if (error instanceof DomainError && error.faults) return { faults: error.faults };
      throw error;
    }
  }

  async #checkUrl(url: unknown): Promise<{ href?: string; faults: FieldFault[] }> {
    // Anything else is a matter of the body's shape.
    if (typeof url !== 'string' || url.length > 2048) return { faults: [] };
    const verdict = await this.guard.inspect(url);
    if (verdict.ok) return { href: verdict.url.href, faults: [] };
    return { faults: [{ field: 'url', message: testErrors.notExternal, detail: verdict.refusal.detail }] };
  }
}

@Injectable()
export class CreateEndpointPipe extends EndpointBodyPipe<CreateEndpointBody> {
  constructor(@Inject(EgressGuard) guard: EgressGuard) {
    super(CreateEndpointBody, guard);
  }
}

@Injectable()
export class ChangeEndpointPipe extends EndpointBodyPipe<ChangeEndpointBody> {
  constructor(@Inject(EgressGuard) guard: EgressGuard) {
    super(ChangeEndpointBody, guard);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
