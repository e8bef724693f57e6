/** What is known of an erasure under way. Times in milliseconds since the epoch, by the database's clock. */
export interface Erasure {
  /** When the log learned that there is something to erase: the deletion, or a fact recorded after it. */
  readonly since: number;
  /** When the pass began that has just been made. */
  readonly passBegan: number;
}

/** What follows a pass: nothing more, or another pass. */
export type AfterPass = { readonly done: true } | { readonly done: false; readonly nextPassAt: number };

/**
 * A router or worker that did not know of the deletion yet may have written behind the first pass's back, so there is
 * another one when everybody must have heard of it. A pass that began late enough was that one.
 */
export function afterPass({ since, passBegan }: Erasure, settleMs: number): AfterPass {
  const settled = since + settleMs;
  return passBegan >= settled ? { done: true } : { done: false, nextPassAt: settled };
}
