/** The event can't be delivered to anybody, however often it is published. Nothing was sent. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
  constructor(
    /** Everything that is wrong with it, one line each, without the values of `data`. */
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`the event can not be published: ${faults.join('; ')}`, options);
  }
}

/**
 * The server has not acknowledged the event. It may be stored all the same, since an answer can get lost: publishing it
 * again with the same id is safe, for ten minutes from then on. `cause` is the last failure.
 */
export class EventNotPublishedError extends Error {
  override readonly name = 'EventNotPublishedError';
  constructor(
    /** The event's `Nats-Msg-Id`. */
    readonly msgId: string,
    /** True when trying again is of no use before somebody changes something: a permission, a closed connection. */
    readonly permanent: boolean,
    cause: unknown,
  ) {
    const what = permanent ? 'was refused' : 'was not acknowledged in time';
    super(`event ${msgId} ${what}: ${textOf(cause)}. Publishing it again with the same id is safe.`, { cause });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
