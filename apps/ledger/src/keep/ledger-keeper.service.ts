import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Counter } from 'prom-client';
import { streams } from '@cepro/contracts';
import { keepTrying, orAborted } from '@cepro/jetstream';
import { Database } from '@cepro/projection';
import { LOGGER, ManagementServer, NatsClient, Readiness, reasonOf, type Logger } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { CONFIG } from '../config.token.ts';
import type { Config } from '../config.ts';
import { beginning, fromTheBeginning, StreamsReader } from '../follow/streams.reader.ts';
import { draw, type Balance } from '../ledger/balance.ts';
import { ConfigHistory } from '../ledger/config-history.ts';
import { emptyLedger, Ledger } from '../ledger/ledger.ts';
import { balanceDrawn } from './balance.telemetry.ts';
import { LedgerStore, TakenOverError, type LedgerChanges } from './ledger.store.ts';

const unreadable = new Counter({ name: 'webhooks_ledger_unreadable_total', help: 'Messages that the ledger could not read and passed over', labelNames: ['stream'] });

const needed = [streams.events, streams.config, streams.routings, streams.deliveries, streams.deadLetters];

/** Keeps the books for as long as the service runs: reads, draws a balance, and keeps what it takes to go on after a crash. */
@Injectable()
export class LedgerKeeper implements OnModuleInit, OnModuleDestroy {
  readonly #stop = new AbortController();
  #notDrawn: string | undefined = 'no balance was drawn yet';
  #notKept: string | undefined;
  #held: string | undefined;
  #balance: Balance | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Database) private readonly database: Database,
    @Inject(LedgerStore) private readonly store: LedgerStore,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(ManagementServer) private readonly management: ManagementServer,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.readiness.add('balance', () => this.#held ?? this.#notDrawn);
    this.readiness.add('books', () => this.#notKept);
    this.management.show('/ledger', () => this.#balance ?? { balanced: null, problem: this.#notDrawn });
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    await this.nats.provisioned(needed, signal);
    await orAborted(this.database.migrated(), signal);
    const js = await this.nats.jetstream();
    while (!signal.aborted) {
      try {
        await this.#keep(js);
      } catch (error) {
        if (!(error instanceof TakenOverError)) throw error;
        // What is in memory is worth nothing any more: it begins anew with what is kept.
        this.logger.warn({ reason: reasonOf(error) }, 'beginning anew with the books as they are kept');
      }
      await this.#pause();
    }
  }

  /** Goes on from what is kept. @throws TakenOverError */
  async #keep(js: JetStreamClient): Promise<void> {
    const { signal } = this.#stop;
    const onRetry = (error: unknown) => this.logger.warn({ reason: reasonOf(error) }, 'the books could not be opened; trying again');
    const kept = await keepTrying(() => this.store.load(), { signal, onRetry });
    const state = kept?.state ?? emptyLedger(await keepTrying(() => beginning(js), { signal, onRetry }));
    const history = new ConfigHistory();
    const ledger = new Ledger(history, state, kept?.orders);
    const reader = new StreamsReader({
      js, ledger, history, from: kept?.positions ?? fromTheBeginning,
      onUnreadable: (where, reason) => {
        unreadable.inc({ stream: where.stream });
        this.logger.error({ ...where, reason }, 'a message can not be read; passed over');
      },
      onInterrupted: (error) => this.logger.warn({ reason: reasonOf(error) }, 'reading was interrupted; going on'),
      onHeld: (reason) => {
        this.#held = reason;
        if (reason) this.logger.error({ reason }, 'nothing is read');
      },
      onWaiting: (what) => { this.#notDrawn = what; },
    });
    const done = new AbortController();
    const until = AbortSignal.any([signal, done.signal]);
    const reading = reader.run(until);
    try {
      await Promise.all([reading, this.#drawBalances(ledger, reader, until), this.#keepBooks(ledger, reader, kept?.revision ?? 0)]);
    } finally {
      done.abort();
      await reading;
    }
  }

  /** Also while it reads a long past, so that a crash does not begin it anew. @throws TakenOverError */
  async #keepBooks(ledger: Ledger, reader: StreamsReader, kept: number): Promise<void> {
    let revision = kept;
    // What could not be kept is tried again as it is: the ledger tells of each change once.
    let changes: LedgerChanges | undefined;
    while (!this.#stop.signal.aborted) {
      await this.#pause();
      changes ??= { positions: reader.positions, ...ledger.changes() };
      try {
        revision = await this.store.keep(revision, changes);
        changes = undefined;
        this.#notKept = undefined;
      } catch (error) {
        if (error instanceof TakenOverError) throw error;
        this.#notKept = reasonOf(error);
        this.logger.warn({ reason: this.#notKept }, 'the books could not be kept; trying again');
      }
    }
  }

  async #drawBalances(ledger: Ledger, reader: StreamsReader, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const horizon = await reader.horizon(signal);
        signal.throwIfAborted();
        const balance = draw(ledger, horizon, new Date());
        balanceDrawn(this.logger, balance, this.#balance);
        this.#balance = balance;
        this.#notDrawn = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#notDrawn = reasonOf(error);
        this.logger.warn({ reason: this.#notDrawn }, 'no balance could be drawn; trying again');
      }
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await sleep(this.config.LEDGER_INTERVAL_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
