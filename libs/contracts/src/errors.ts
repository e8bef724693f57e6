/** Every error code of the API: the HTTP status and the title of its problem document (RFC 9457). Codes are stable. */
export const problems = {
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'malformed-request': { status: 400, title: 'The request can not be read' },
  'unauthenticated': { status: 401, title: 'A valid bearer token is required' },
  'insufficient-scope': { status: 403, title: 'The token lacks the scope for this call' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'endpoint-not-found': { status: 404, title: 'Webhook config not found' },
  'delivery-not-found': { status: 404, title: 'Delivery not found' },
  'event-not-found': { status: 404, title: 'Event not found' },
  'delivery-not-failed': { status: 409, title: 'Only a delivery that has failed or was cancelled can be retried' },
  'endpoint-disabled': { status: 409, title: 'The endpoint is disabled; enable it first' },
  'endpoint-conflict': { status: 409, title: 'The endpoint kept changing; read it again and retry' },
  'endpoint-limit-reached': { status: 409, title: 'The account has as many endpoints as it may have' },
  'body-too-large': { status: 413, title: 'The body is larger than allowed' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'validation-failed': { status: 422, title: 'Some fields are not valid' },
  'internal': { status: 500, title: 'Something went wrong on our side' },
  'unavailable': { status: 503, title: 'A service that this call needs is away; try again shortly' },
  'test-unavailable': { status: 503, title: 'Webhook test failed' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof problems;

/** One fault of one field, `url` or `events[0]`. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
  readonly detail?: string;
}

/** An expected failure of a command. The HTTP edge alone turns it into a problem document. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  constructor(
    readonly code: ErrorCode,
    /** Shown to the client: never holds a secret or the text of an unexpected error. */
    readonly detail?: string,
    readonly faults?: readonly FieldFault[],
    /** `cause`: for the log, never shown to the client. */
    options?: ErrorOptions,
  ) {
    super(detail ? `${code}: ${detail}` : code, options);
  }
}

/** The short texts of CE Pro's page for a Send Test that did not succeed. */
export const testErrors = {
  notFound: 'Webhook config not found',
  notExternal: 'Webhook URL must be an external HTTPS endpoint',
  failed: 'Webhook test failed',
} as const;
