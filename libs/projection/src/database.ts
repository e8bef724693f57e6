import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { orAborted } from '@cepro/jetstream';
import { LOGGER, Readiness, reasonOf, type Logger } from '@cepro/service';
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';
import { showPools } from './pool.telemetry.ts';

/** Under which Nest provides the {@link DatabaseSettings}. */
export const DATABASE = Symbol('database');

export interface DatabaseSettings {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The schema that this service owns. */
  readonly schema: string;
  /** The most connections at a time. */
  readonly poolSize: number;
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
}

/** The settings of a service's database. Here `poolSize` counts the connections that answer requests. */
export interface ServiceDatabaseSettings extends DatabaseSettings {
  /** How long whoever asks waits for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** The database has not answered in time. */
export class DatabaseTimeoutError extends Error {
  override readonly name = 'DatabaseTimeoutError';
  constructor(timeoutMs: number) {
    super(`no answer of the database within ${timeoutMs} ms`);
  }
}

/**
 * A data source that looks into the service's own schema and never changes its shape by itself. The server ends a
 * statement that takes longer than `statementTimeoutMs`; without it, statements may take their time.
 */
export function dataSourceOf({ url, schema, poolSize, entities, migrations }: DatabaseSettings, statementTimeoutMs?: number): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    schema,
    entities,
    migrations,
    synchronize: false,
    logging: false,
    poolSize,
    applicationName: `webhooks-${schema}`,
    connectTimeoutMS: 5_000,
    // A server that has vanished without a word is noticed by the connections that wait for it.
    extra: { keepAlive: true, keepAliveInitialDelayMillis: keepAliveMs, ...(statementTimeoutMs && { statement_timeout: statementTimeoutMs }) },
  });
}

const keepAliveMs = 10_000;
const retryMs = 1_000;
const probeMs = 2_000;
/** For the projections, four of them at most, and what else works in the background. */
const backgroundConnections = 6;

/**
 * The service's database: kept trying from the start, and watched afterwards. Requests are answered over connections of
 * their own, on which nothing takes long; what works in the background, on `source`, may take its time.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly source: DataSource;
  readonly #answers: DataSource;
  readonly #stop = new AbortController();
  readonly #migrated = Promise.withResolvers<void>();
  #problem: string | undefined = 'not connected yet';

  constructor(
    @Inject(DATABASE) private readonly settings: ServiceDatabaseSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {
    this.source = dataSourceOf({ ...settings, poolSize: backgroundConnections });
    this.#answers = dataSourceOf(settings, settings.timeoutMs);
    showPools([this.source, this.#answers], backgroundConnections + settings.poolSize);
  }

  onModuleInit(): void {
    this.readiness.add('database', () => this.#problem);
    void this.#watch();
  }

  /** Resolves when the database is there and has the tables that this version of the service needs. */
  migrated(): Promise<void> {
    return this.#migrated.promise;
  }

  /**
   * Asks something for somebody who waits. What is not answered in time is given up: by the server, and, if that is
   * silent, with the connection, so that nobody else waits for it.
   * @throws DatabaseTimeoutError
   */
  async ask<T>(question: (manager: EntityManager) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DatabaseTimeoutError(this.settings.timeoutMs)), this.settings.timeoutMs);
    const answer = answerOn(this.#answers.createQueryRunner(), question, late.signal);
    // When it fails after its time, nobody listens any more.
    answer.catch(() => undefined);
    try {
      return await orAborted(answer, late.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const before = this.#problem;
      this.#problem = await this.#look();
      if (this.#problem === undefined) this.#migrated.resolve();
      if (this.#problem !== undefined) this.logger.warn({ reason: this.#problem }, 'the database is not usable; trying again');
      else if (before !== undefined) this.logger.info('connected to the database');
      await sleep(this.#problem === undefined ? probeMs : retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<string | undefined> {
    try {
      for (const source of [this.source, this.#answers]) if (!source.isInitialized) await source.initialize();
      return (await this.#areMigrationsMissing()) ? 'migrations are missing; run the provisioning command' : undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /**
   * Only looks. The data source's own method creates its table where that is missing, which then is in the way of the
   * command that migrates at that moment; and when it fails it keeps the connection, until the pool has none left.
   */
  async #areMigrationsMissing(): Promise<boolean> {
    const table = `"${this.settings.schema}".migrations`;
    const found: { there: boolean }[] = await this.ask((manager) => manager.query('SELECT to_regclass($1) IS NOT NULL AS there', [table]));
    if (!found[0]?.there) return true;
    const rows: { name: string }[] = await this.ask((manager) => manager.query(`SELECT name FROM ${table}`));
    const ran = new Set(rows.map(({ name }) => name));
    return this.source.migrations.some((migration) => !ran.has(migration.name ?? migration.constructor.name));
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    for (const source of [this.source, this.#answers]) if (source.isInitialized) await source.destroy();
  }
}

async function answerOn<T>(runner: QueryRunner, question: (manager: EntityManager) => Promise<T>, late: AbortSignal): Promise<T> {
  const connection = (await runner.connect()) as { end(): Promise<void> };
  // Under a query this breaks the connection, and the pool makes another one.
  const breakOff = () => void connection.end();
  late.addEventListener('abort', breakOff, { once: true });
  try {
    late.throwIfAborted();
    return await question(runner.manager);
  } finally {
    late.removeEventListener('abort', breakOff);
    await runner.release();
  }
}
