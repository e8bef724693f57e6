import { absentEndpoint, evolveEndpoint, type Endpoint, type EndpointChange, type EndpointState } from '@cepro/contracts';
import { open, type KeyRing } from '@cepro/secrets';
import { signingKey, type SigningKey } from '@cepro/signing';

/** All endpoints as the configuration stream has them now, with keys to sign for them. */
export class Endpoints {
  readonly #live = new Map<string, Endpoint>();
  // Opening a secret and preparing its key costs more than signing does.
  readonly #keys = new WeakMap<Endpoint, SigningKey>();

  constructor(private readonly ring: KeyRing) {}

  /** Drops everything, to be taken from the beginning again. */
  clear(): void {
    this.#live.clear();
  }

  /** Takes a change, in the order of the configuration stream. */
  apply(change: EndpointChange): void {
    const endpoint = this.#live.get(change.endpointId);
    const before: EndpointState = endpoint ? { status: 'live', endpoint } : absentEndpoint;
    const after = evolveEndpoint(before, change);
    if (after.status === 'live') this.#live.set(change.endpointId, after.endpoint);
    else this.#live.delete(change.endpointId);
  }

  /** The account's endpoint, or `undefined` if there is none (any more). */
  find(accountId: string, endpointId: string): Endpoint | undefined {
    const endpoint = this.#live.get(endpointId);
    return endpoint?.accountId === accountId ? endpoint : undefined;
  }

  /**
   * The key to sign with for an endpoint.
   * @throws SealedSecretError if the key ring does not open the secret.
   */
  keyOf(endpoint: Endpoint): SigningKey {
    const known = this.#keys.get(endpoint);
    if (known) return known;
    const key = signingKey(open(this.ring, endpoint.sealedSecret, { accountId: endpoint.accountId, endpointId: endpoint.id }));
    this.#keys.set(endpoint, key);
    return key;
  }
}
