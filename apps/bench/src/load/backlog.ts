import { deliveryFactSubjects, streams } from '@cepro/contracts';
import type { System } from '@cepro/system';
import { eventually } from '@cepro/testkit';
import pg from 'pg';

/** How far the log is behind the deliveries' stream. */
export class LogWatch {
  private constructor(private readonly system: System, private readonly client: pg.Client) {}

  static async open(system: System): Promise<LogWatch> {
    const client = new pg.Client({ connectionString: system.database.url });
    await client.connect();
    return new LogWatch(system, client);
  }

  /** The sequence up to which the log has its rows. */
  async position(): Promise<number> {
    const { rows } = await this.client.query<{ position: string }>(`SELECT position FROM log.projections WHERE name = 'deliveries'`);
    return Number(rows[0]?.position ?? 0);
  }

  /** How many messages the stream holds that the log has not. */
  async behind(): Promise<number> {
    const position = await this.position();
    const { state } = await (await this.system.jsm).streams.info(streams.deliveries);
    return state.last_seq - position;
  }

  /** Waits until the log has everything. */
  async caughtUp(timeoutMs: number): Promise<void> {
    await eventually(async () => {
      const behind = await this.behind();
      if (behind > 0) throw new Error(`the log is ${behind} messages behind`);
    }, { timeoutMs, intervalMs: 25 });
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** How many deliveries the workers' consumers hold, in each lane: in hand or waiting for a retry, and not given out yet. */
export async function waitingDeliveries(system: System): Promise<{ held: number; unseen: number }> {
  const consumers = await Array.fromAsync((await system.jsm).consumers.list(streams.deliveries));
  const durable = consumers.filter(({ config }) => config.durable_name !== undefined);
  return {
    held: durable.reduce((total, { num_ack_pending: held }) => total + held, 0),
    unseen: durable.reduce((total, { num_pending: unseen }) => total + unseen, 0),
  };
}

/** How many deliveries were handed over to the slow lane so far. */
export async function divertedDeliveries(system: System): Promise<number> {
  const { state } = await (await system.jsm).streams.info(streams.deliveries, { subjects_filter: deliveryFactSubjects('diverted') });
  return Object.values(state.subjects ?? {}).reduce((total, count) => total + count, 0);
}
