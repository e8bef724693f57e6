import { Inject, Injectable } from '@nestjs/common';
import type { SystemDisabledReason } from '@cepro/contracts';
import { Database } from '@cepro/projection';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { decide } from '../endpoints/endpoint-decider.ts';
import { EndpointStore, type EndpointAddress } from '../endpoints/endpoint.store.ts';
import { endpointChanged } from '../endpoints/endpoint.telemetry.ts';
import { historyOf, type HealthColumns } from '../read-model/health.projection.ts';
import { ReadModel, viewReached } from '../read-model/read-model.ts';
import { reasonToDisable, type DisablePolicy } from './disable-policy.ts';

/** Under which Nest provides the {@link DisablePolicy}. */
export const DISABLE_POLICY = Symbol('disable policy');

interface Candidate extends HealthColumns {
  readonly id: string;
  readonly account_id: string;
  readonly version: string;
  readonly updated_at: Date;
}

/** How long what was read of endpoints may be acted upon. */
const oldMs = 10_000;

/** Switches off endpoints that the policy is against. Each replica looks; the append lets one of them do it. */
@Injectable()
export class AutoDisabler {
  constructor(
    @Inject(DISABLE_POLICY) private readonly policy: DisablePolicy,
    @Inject(Database) private readonly database: Database,
    @Inject(ReadModel) private readonly readModel: ReadModel,
    @Inject(EndpointStore) private readonly store: EndpointStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Switches off what is due now. Nothing is decided on a view that lacks anything of what has happened. */
  async disableDue(signal: AbortSignal): Promise<void> {
    const positions = await this.readModel.whole(signal);
    if (!positions) return;
    const now = Date.now();
    const { afterMs, minFailedDeliveries, goneDeliveries } = this.policy;
    // A net with wide meshes; the policy decides.
    const candidates: Candidate[] = await this.database.source.query(
      `SELECT endpoints.id, account_id, version, updated_at, health.*
       FROM config.endpoint_health AS health JOIN config.endpoints ON endpoints.id = health.endpoint_id
       WHERE health.failing_since IS NOT NULL AND active AND deleted_at IS NULL
         AND ((failing_since <= $1 AND failed_deliveries >= $2) OR ($3 > 0 AND jsonb_array_length(gone) >= $3))
         AND ${viewReached(4)}`,
      [new Date(now - afterMs), minFailedDeliveries, goneDeliveries, JSON.stringify(positions)],
    );
    for (const candidate of candidates) {
      signal.throwIfAborted();
      // As when each of them waits for NATS in vain: by then one may have succeeded. The next look decides afresh.
      if (Date.now() - now > oldMs) return;
      const reason = reasonToDisable(candidate.updated_at, historyOf(candidate), this.policy, now);
      if (reason) await this.#disable({ accountId: candidate.account_id, endpointId: candidate.id }, Number(candidate.version), reason);
    }
  }

  async #disable(address: EndpointAddress, version: number, reason: SystemDisabledReason): Promise<void> {
    const command = { type: 'disable', at: new Date().toISOString(), reason, version } as const;
    try {
      // Deleted meanwhile is as good as switched off.
      const change = await this.store.update(address, (state) => (state.status === 'live' ? decide(command, state) : []));
      endpointChanged(this.logger, address, change);
    } catch (error) {
      // One that can't be switched off now must not keep the others waiting.
      this.logger.warn({ ...address, reason: reasonOf(error) }, 'an endpoint could not be switched off; trying again');
    }
  }
}
