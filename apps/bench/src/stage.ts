import { isDeepStrictEqual } from 'node:util';
import { parseKeyRing } from '@cepro/secrets';
import { apps, System, type App, type SystemOptions } from '@cepro/system';
import { createTestAuthority, startPostgres, type PostgresServer, type TestAuthority } from '@cepro/testkit';
import { barePosts, type BareSpeed } from './bare/bare.ts';
import { createdMessage, newEndpoint, requestBody, type LoadEndpoint } from './load/messages.ts';
import { publishAll } from './load/publish.ts';
import type { Behaviour } from './receiver/answer.ts';
import { Receivers } from './receiver/receiver.ts';

export interface StageOptions {
  /** Scaled down, to see that everything still works. */
  readonly short: boolean;
  /** Where CPU profiles of the worker are written. */
  readonly cpuProfiles?: string | undefined;
  /** Tells the person who waits. */
  readonly progress: (text: string) => void;
}

export interface LineOptions {
  /** Which services are started. Default: all. */
  readonly services?: readonly App[];
  readonly env?: SystemOptions['env'];
}

/** A line of services for a scenario, or part of one. */
export interface Line {
  readonly system: System;
  /** Creates endpoints, each as config-api records it, and returns them with the configuration's version after that. */
  endpoints(wanted: readonly { readonly accountId: string; readonly url: string }[]): Promise<{ endpoints: LoadEndpoint[]; configVersion: number }>;
}

/** How many shards the deliveries have: what provisioning makes unless told otherwise. */
export const shards = 16;

/** How much the bare loop does: what a worker has in hand by its own default, at a time. */
export const bareLoad = (short: boolean) => ({ concurrency: 256, warm: short ? 256 : 6_000, count: short ? 500 : 30_000 });

/** What the scenarios of a run share: servers, receivers, and the end of everything that was started. */
export class Stage {
  #line: { readonly options: LineOptions; readonly line: Promise<Line> } | undefined;
  #bareHttps: Promise<BareSpeed> | undefined;
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly options: StageOptions,
    readonly postgres: PostgresServer,
    readonly authority: TestAuthority,
    readonly receivers: Receivers,
  ) {}

  /** Starts what all scenarios need. `NATS_SERVER_BIN` must be set. */
  static async open(options: StageOptions): Promise<Stage> {
    // As in production: what is committed is on the disk.
    const [postgres, authority] = await Promise.all([startPostgres({ durable: true }), createTestAuthority()]);
    process.env['TEST_POSTGRES_URL'] = postgres.adminUrl;
    return new Stage(options, postgres, authority, await Receivers.start(authority));
  }

  /** The one value in the full form, the other in the short one. */
  pick<T>(full: T, short: T): T {
    return this.options.short ? short : full;
  }

  progress(text: string): void {
    this.options.progress(text);
  }

  /** To be done at the end of the scenario, the last first. */
  use(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** A line that nothing has happened to; in the short form perhaps a whole one of the scenario before, if it is set up alike. */
  async line(options: LineOptions = {}): Promise<Line> {
    const reusable = this.options.short && options.services === undefined;
    if (reusable && this.#line && isDeepStrictEqual(this.#line.options, options)) return await this.#line.line;
    await this.#endLine();
    const starting = System.start({
      without: apps.filter((app) => options.services && !options.services.includes(app)),
      env: options.env ?? {},
      authority: this.authority,
      ...(this.options.cpuProfiles !== undefined && { nodeArgs: { 'delivery-worker': ['--cpu-prof', `--cpu-prof-dir=${this.options.cpuProfiles}`] } }),
    });
    // Known before it is up, so that it is ended also when this process is asked to end meanwhile.
    const line = starting.then((system): Line => ({ system, endpoints: (wanted) => createEndpoints(system, wanted) }));
    this.#line = { options, line };
    return await line;
  }

  /** The bare loop over HTTPS, at the concurrency of a worker: what other figures are compared with. */
  async bareHttps(urls: readonly string[]): Promise<BareSpeed> {
    if (this.options.short && this.#bareHttps) return await this.#bareHttps;
    this.progress('bare loop');
    this.#bareHttps = barePosts({ urls, body: requestBody(), ca: this.authority.ca, ...bareLoad(this.options.short) });
    return await this.#bareHttps;
  }

  /** URLs of receivers that behave so, numbered from `from`. */
  urls(behaviour: Behaviour, count: number, from = 0): string[] {
    return Array.from({ length: count }, (_, index) => this.receivers.url(behaviour, from + index));
  }

  /** Ends what the scenario has begun. */
  async endScenario(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    if (!this.options.short) await this.#endLine();
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of [() => this.endScenario(), () => this.#endLine(), () => this.receivers.stop(), () => this.postgres.stop(), () => this.authority.dispose()]) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be ended');
  }

  async #endLine(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    // One that did not come up has ended itself, and whoever waited for it knows why.
    await (await line?.line.catch(() => undefined))?.system.stop();
  }
}

async function createEndpoints(system: System, wanted: readonly { readonly accountId: string; readonly url: string }[]) {
  const ring = parseKeyRing(system.keyRing);
  const endpoints = wanted.map(({ accountId, url }) => newEndpoint(accountId, url));
  const configVersion = await publishAll(system.js, endpoints.map((endpoint) => createdMessage(endpoint, ring)));
  return { endpoints, configVersion };
}
