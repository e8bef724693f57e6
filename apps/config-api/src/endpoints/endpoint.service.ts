import { Inject, Injectable } from '@nestjs/common';
import { DomainError, newEndpointId, type Endpoint, type EndpointState, type EventType } from '@cepro/contracts';
import { seal, type KeyRing } from '@cepro/secrets';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { generateSecret } from '@cepro/signing';
import { decide, type EndpointFields } from './endpoint-decider.ts';
import { EndpointStore, type EndpointAddress } from './endpoint.store.ts';
import { endpointChanged } from './endpoint.telemetry.ts';
import { EndpointReader } from '../read-model/endpoint.reader.ts';
import { ReadModel } from '../read-model/read-model.ts';

/** Under which Nest provides the {@link EndpointRules}. */
export const ENDPOINT_RULES = Symbol('endpoint rules');

export interface EndpointRules {
  readonly keyRing: KeyRing;
  readonly endpointsPerAccount: number;
}

/** What an admin gives for a new endpoint. */
export interface NewEndpoint {
  readonly url: string;
  readonly events: readonly EventType[];
  readonly active?: boolean | undefined;
  readonly description?: string | null | undefined;
  readonly rateLimit?: number | null | undefined;
}

/** The commands on endpoints. What each answers has been stored, and is seen by whoever reads after it, unless the view is seconds behind. */
@Injectable()
export class EndpointService {
  constructor(
    @Inject(EndpointStore) private readonly store: EndpointStore,
    @Inject(ReadModel) private readonly readModel: ReadModel,
    @Inject(EndpointReader) private readonly reader: EndpointReader,
    @Inject(ENDPOINT_RULES) private readonly rules: EndpointRules,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Creates an endpoint; the secret in the answer can never be read again. */
  async create(accountId: string, { url, events, active = true, description = null, rateLimit = null }: NewEndpoint): Promise<{ endpoint: Endpoint; secret: string }> {
    const now = Date.now();
    const address = { accountId, endpointId: newEndpointId(now) };
    const secret = generateSecret();
    const created = decide(
      {
        type: 'create', at: new Date(now).toISOString(), url, events, active, description, rateLimit,
        sealedSecret: seal(this.rules.keyRing, secret, address),
      },
      { status: 'absent' },
    );
    const change = await this.store.create(address, created, (accountSequence) => this.#checkLimit(accountId, accountSequence));
    endpointChanged(this.logger, address, change);
    await this.readModel.reached(change.version);
    return { endpoint: live(change.state), secret };
  }

  /** `seen` tells whether the view has the change too, which it has unless Postgres is away or slow. */
  async change(address: EndpointAddress, fields: EndpointFields): Promise<{ endpoint: Endpoint; seen: boolean }> {
    const change = await this.store.update(address, (state) => decide({ type: 'change', at: new Date().toISOString(), ...fields }, state));
    endpointChanged(this.logger, address, change);
    const seen = await this.readModel.reached(change.version);
    return { endpoint: live(change.state), seen };
  }

  async remove(address: EndpointAddress): Promise<void> {
    const change = await this.store.update(address, (state) => decide({ type: 'delete', at: new Date().toISOString() }, state));
    endpointChanged(this.logger, address, change);
    try {
      await this.store.purge(address);
    } catch (error) {
      // It is deleted. Whoever erases its deliveries erases this too.
      this.logger.warn({ ...address, reason: reasonOf(error) }, 'what a deleted endpoint was could not be dropped here');
    }
    await this.readModel.reached(change.version);
  }

  /** The version of an endpoint that exists. */
  async versionOf(address: EndpointAddress): Promise<number> {
    const { state, version } = await this.store.load(address);
    live(state);
    return version;
  }

  async #checkLimit(accountId: string, accountSequence: number): Promise<void> {
    if (accountSequence === 0) return;
    if (!(await this.readModel.reached(accountSequence))) throw new DomainError('unavailable', 'The account\'s endpoints could not be counted.');
    const count = await this.reader.countUpTo(accountId, accountSequence);
    if (count >= this.rules.endpointsPerAccount) {
      throw new DomainError('endpoint-limit-reached', `An account may have ${this.rules.endpointsPerAccount} endpoints; delete one first.`);
    }
  }
}

function live(state: EndpointState): Endpoint {
  if (state.status !== 'live') throw new DomainError('endpoint-not-found');
  return state.endpoint;
}
