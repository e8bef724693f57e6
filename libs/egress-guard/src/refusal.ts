/** The rule that a URL, a name or an address breaks. */
export type RefusalCode =
  /** Not a URL that can be read in one way only, or longer than allowed. */
  | 'url-malformed'
  | 'url-not-https'
  /** A user name or password in the URL, even an empty one. */
  | 'url-credentials'
  /** Port 0, or a port that the configuration does not allow. */
  | 'url-port'
  /** A name that only means something inside a network, or that belongs to a cloud metadata service. */
  | 'host-internal'
  /** An address that is not a host on the public internet, in the URL or behind the name. */
  | 'address-not-global'
  /** The name has no address now. */
  | 'host-unresolvable';

/** Why a request may not leave. */
export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence for the log. It may quote the host of the URL, never an address that DNS gave for it. */
  readonly detail: string;
}

/** A connection was refused by the guard, before any request was sent on it. */
export class EgressRefusedError extends Error {
  readonly code = 'egress-refused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.name = 'EgressRefusedError';
    this.refusal = refusal;
  }
}

/**
 * The name has no address now. It has the code that Node gives an unknown host, since that is how a caller knows it: a
 * failure of the receiver, which may be over at the next attempt.
 */
export class HostUnresolvableError extends Error {
  readonly code = 'ENOTFOUND';
  readonly refusal: Refusal;

  constructor(hostname: string, why: string, options?: ErrorOptions) {
    const detail = `${hostname} does not resolve (${why})`;
    super(detail, options);
    this.name = 'HostUnresolvableError';
    this.refusal = { code: 'host-unresolvable', detail };
  }
}
