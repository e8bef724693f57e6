import type { Type } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';

/** The schema of a body that may have the fields of a class and no others. */
export function closedSchemaOf(type: Type) {
  // Nest's decorators have no word for it. Beside a reference it is this keyword of JSON Schema 2020-12 that counts.
  return { allOf: [{ $ref: getSchemaPath(type) }], unevaluatedProperties: false };
}
