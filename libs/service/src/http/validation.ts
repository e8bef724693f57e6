import { DomainError, type FieldFault } from '@cepro/contracts';
import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';

/** Checks bodies and queries against their classes; unknown fields are faults, and every fault is named by its field. */
export function validationPipe(): ValidationPipe {
  return new StrictPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => new DomainError('validation-failed', undefined, errors.flatMap((error) => faultsOf(error))),
  });
}

class StrictPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Looked for before Nest drops some of them; class-validator takes the others for fields that it knows.
    const inherited = metadata.type === 'custom' ? [] : inheritedNames(value);
    if (inherited.length === 0) return await super.transform(value, metadata);
    const others = await super.transform(value, metadata).then(() => [], (error: unknown) => {
      if (error instanceof DomainError && error.faults) return error.faults;
      throw error;
    });
    throw new DomainError('validation-failed', undefined, [...others, ...inherited]);
  }
}

/** Fields with a name that every object inherits, which no body and no query has. */
function inheritedNames(value: unknown): FieldFault[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).filter((field) => field in Object.prototype).map((field) => ({ field, message: `property ${field} should not exist` }));
}

function faultsOf({ property, constraints, contexts, children }: ValidationError, parent = ''): FieldFault[] {
  const field = /^\d+$/.test(property) && parent ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
  const own = Object.entries(constraints ?? {}).map(([constraint, message]): FieldFault => {
    const detail: unknown = contexts?.[constraint]?.detail;
    return { field, message, ...(typeof detail === 'string' && { detail }) };
  });
  return [...own, ...(children ?? []).flatMap((child) => faultsOf(child, field))];
}
