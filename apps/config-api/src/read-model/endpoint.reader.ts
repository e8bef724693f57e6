import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@cepro/contracts';
import { Database } from '@cepro/projection';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { EndpointHealthRow } from './endpoint-health.entity.ts';
import { EndpointRow } from './endpoint.entity.ts';

/** A page of an account's endpoints, in the order of their creation. */
export interface EndpointPage {
  readonly rows: readonly EndpointRow[];
  /** The id of the last row, if there are more. */
  readonly nextAfter: string | undefined;
}

/** Reads the view. Whatever keeps Postgres from answering is answered as `unavailable`. */
@Injectable()
export class EndpointReader {
  constructor(@Inject(Database) private readonly database: Database, @Inject(LOGGER) private readonly logger: Logger) {}

  /** @throws DomainError `endpoint-not-found` */
  async one(accountId: string, id: string): Promise<EndpointRow> {
    const row = await this.#read((manager) => endpointsOf(manager, accountId).andWhere('endpoint.id = :id', { id }).getOne());
    if (!row) throw new DomainError('endpoint-not-found');
    return row;
  }

  async page(accountId: string, limit: number, after = ''): Promise<EndpointPage> {
    const rows = await this.#read((manager) => (
      endpointsOf(manager, accountId).andWhere('endpoint.id > :after', { after }).orderBy('endpoint.id').limit(limit + 1).getMany()
    ));
    const page = rows.slice(0, limit);
    return { rows: page, nextAfter: rows.length > limit ? page.at(-1)?.id : undefined };
  }

  /** What is known of an endpoint's deliveries, `undefined` if it can't be had now. */
  async healthOf(id: string): Promise<EndpointHealthRow | null | undefined> {
    return await this.#read((manager) => manager.findOneBy(EndpointHealthRow, { endpointId: id })).catch(() => undefined);
  }

  /**
   * How many endpoints the account has, by everything up to a sequence of the configuration stream.
   * @throws DomainError `unavailable` if the view is not that far, as while it is rebuilt.
   */
  async countUpTo(accountId: string, sequence: number): Promise<number> {
    // One statement, so that the count and the position belong together.
    const rows: { live: number }[] = await this.#read((manager) => manager.query(
      `SELECT (SELECT count(*)::int FROM config.endpoints WHERE account_id = $1 AND deleted_at IS NULL) AS live
       FROM config.projections WHERE name = 'endpoints' AND position >= $2`,
      [accountId, sequence],
    ));
    const [found] = rows;
    if (!found) throw new DomainError('unavailable', 'The account\'s endpoints could not be counted.');
    return found.live;
  }

  async #read<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.database.ask(query);
    } catch (error) {
      this.logger.error({ reason: reasonOf(error) }, 'the database could not be read');
      throw new DomainError('unavailable');
    }
  }
}

function endpointsOf(manager: EntityManager, accountId: string): SelectQueryBuilder<EndpointRow> {
  return manager.createQueryBuilder(EndpointRow, 'endpoint')
    .leftJoinAndSelect('endpoint.health', 'health')
    .where('endpoint.accountId = :accountId AND endpoint.deletedAt IS NULL', { accountId });
}
