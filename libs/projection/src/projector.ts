import { setTimeout as sleep } from 'node:timers/promises';
import { follow, Position, type Batch } from '@cepro/jetstream';
import { reasonOf, type Logger } from '@cepro/service';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import type { DataSource, EntityManager } from 'typeorm';

/** Turns a stream into rows. What it does with a batch must depend on nothing but the rows and the batch. */
export interface Projection {
  /** Under which its position is kept. */
  readonly name: string;
  readonly stream: string;
  /** Which subjects; all of the stream's if left out. */
  readonly subjects?: readonly string[];
  /** The messages' bodies are not wanted. */
  readonly headersOnly?: boolean;
  /** Takes messages in the stream's order, each once, inside the transaction that stores the position. */
  apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void>;
  /** Told of what has been stored for good, and when that was begun, in milliseconds since the epoch. */
  stored?(messages: readonly JsMsg[], begunAt: number): void;
}

const retryMs = 1_000;
const watchMs = 2_000;

/**
 * Runs a projection: batches of whatever has arrived, each in one transaction with the stream position that it reached,
 * so that a crash neither loses nor doubles a row. Several processes may run the same projection: they take turns on
 * the row of its position, and the one that comes second finds nothing left to do.
 */
export class Projector {
  /** The sequence up to which rows are stored. */
  readonly position = new Position();
  readonly #caughtUp = Promise.withResolvers<void>();
  #isKnown = false;
  #problem: string | undefined = 'not caught up yet';

  constructor(
    private readonly projection: Projection,
    private readonly source: DataSource,
    private readonly schema: string,
    private readonly logger: Logger,
  ) {}

  get name(): string {
    return this.projection.name;
  }

  get stream(): string {
    return this.projection.stream;
  }

  get subjects(): readonly string[] | undefined {
    return this.projection.subjects;
  }

  /** The sequence up to which rows are stored; `undefined` until the database has told for the first time. */
  get stored(): number | undefined {
    return this.#isKnown ? this.position.sequence : undefined;
  }

  /** Resolves once everything is stored that the stream held at the start. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Why rows are not being stored, if they are not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Projects until the signal says stop. */
  async run(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    const { name, stream, subjects, headersOnly } = this.projection;
    while (!signal.aborted) {
      // Also when the rows were dropped: until they are there again, what is read lacks most of it.
      this.#problem = 'not caught up yet';
      const dropped = new AbortController();
      void this.#watchForDrop(dropped);
      const batches = follow(js, {
        stream,
        ...(subjects && { subjects }),
        ...(headersOnly && { headersOnly }),
        from: async () => (await this.#restart(js)) + 1,
        signal: AbortSignal.any([signal, dropped.signal]),
        onInterrupted: (error) => {
          this.#problem = reasonOf(error);
          this.logger.warn({ projection: name, reason: this.#problem }, 'projection was interrupted; trying again');
        },
      });
      for await (const batch of batches) {
        if (!(await this.#storeUntilDone(batch, signal))) break;
        if (batch.caughtUp) {
          this.#problem = undefined;
          this.#caughtUp.resolve();
        }
      }
      dropped.abort();
    }
  }

  /** Rows that are dropped on a quiet day would otherwise be missed by nobody before the next message comes. */
  async #watchForDrop(dropped: AbortController): Promise<void> {
    while (await sleep(watchMs, true, { signal: dropped.signal }).catch(() => false)) {
      // The position first: a batch that is stored meanwhile must not look like a drop.
      const { sequence } = this.position;
      // If the database is away, whoever stores will say so.
      const stored = await this.#storedPosition(this.source.manager).catch(() => sequence);
      if (stored < sequence) dropped.abort();
    }
  }

  async #restart(js: JetStreamClient): Promise<number> {
    const { stream } = this.projection;
    const stored = await this.#storedPosition(this.source.manager);
    const { state } = await (await js.jetstreamManager(false)).streams.info(stream);
    // What the stream takes from now on would be taken for what is stored already.
    if (stored > state.last_seq) {
      throw new Error(`rows are stored up to ${stored}, but ${stream} ends at ${state.last_seq}: it has lost messages, or comes from a backup; rebuild the view`);
    }
    this.position.reset(stored);
    this.#isKnown = true;
    return stored;
  }

  /** False if the rows have been dropped meanwhile, so that reading must start again. */
  async #storeUntilDone(batch: Batch, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        return await this.#store(batch);
      } catch (error) {
        if (signal.aborted) return false;
        this.#problem = reasonOf(error);
        this.logger.warn({ projection: this.projection.name, reason: this.#problem }, 'rows could not be stored; trying again');
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #store({ messages, reached }: Batch): Promise<boolean> {
    const begunAt = Date.now();
    let fresh: readonly JsMsg[] = [];
    const position = await this.source.transaction(async (manager) => {
      const stored = await this.#storedPosition(manager, 'FOR UPDATE');
      // Less than was stored before: the schema was dropped for a rebuild, and what came before is wanted again.
      if (stored < this.position.sequence) return undefined;
      fresh = messages.filter(({ seq }) => seq > stored);
      if (fresh.length > 0) await this.projection.apply(manager, fresh);
      if (reached <= stored) return stored;
      await manager.query(`UPDATE "${this.schema}".projections SET position = $2 WHERE name = $1`, [this.projection.name, reached]);
      return reached;
    });
    if (position === undefined) return false;
    this.position.advance(position);
    if (fresh.length > 0) this.projection.stored?.(fresh, begunAt);
    return true;
  }

  async #storedPosition(manager: EntityManager, lock: '' | 'FOR UPDATE' = ''): Promise<number> {
    await manager.query(`INSERT INTO "${this.schema}".projections (name) VALUES ($1) ON CONFLICT DO NOTHING`, [this.projection.name]);
    const rows: { position: string }[] = await manager.query(
      `SELECT position FROM "${this.schema}".projections WHERE name = $1 ${lock}`, [this.projection.name],
    );
    return Number(rows[0]?.position ?? 0);
  }
}

/** The table of positions, for a schema's first migration. */
export function createProjectionsTable(schema: string): string {
  return `CREATE TABLE "${schema}".projections (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0)`;
}
