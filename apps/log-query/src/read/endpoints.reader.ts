import { Inject, Injectable } from '@nestjs/common';
import { DomainError, isId } from '@cepro/contracts';
import { Database } from '@cepro/projection';
import { asking } from '../database/availability.ts';
import { LogProjector } from '../project/log-projector.ts';

/** Says whose an endpoint is. */
@Injectable()
export class EndpointsReader {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LogProjector) private readonly projector: LogProjector,
  ) {}

  /**
   * Resolves when the account has that endpoint, even one created just now.
   * @throws DomainError `endpoint-not-found` when there is none, it is deleted, or somebody else's.
   */
  async mustExist(accountId: string, endpointId: string): Promise<void> {
    if (isId('wh', endpointId)) {
      if (await this.#exists(accountId, endpointId)) return;
      await this.projector.endpointIsCurrent(accountId, endpointId);
      if (await this.#exists(accountId, endpointId)) return;
    }
    throw new DomainError('endpoint-not-found');
  }

  async #exists(accountId: string, endpointId: string): Promise<boolean> {
    const rows: unknown[] = await asking(this.database, (manager) => manager.query(
      'SELECT FROM log.endpoints WHERE endpoint_id = $1 AND account_id = $2 AND deleted_at IS NULL', [endpointId, accountId],
    ));
    return rows.length > 0;
  }
}
