import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamManager } from '@nats-io/jetstream';
import { eventually } from './eventually.ts';

const shortest = 100_000_000;

/**
 * Brings a stream to where it is after its dedupe window: the server has forgotten the ids, and the messages are still
 * there. `isKnown` asks the server for the id that it saw last; ids go in the order in which they came.
 */
export async function forgetMessageIds(jsm: JetStreamManager, stream: string, isKnown: () => Promise<boolean>): Promise<void> {
  const { config } = await jsm.streams.info(stream);
  let window = shortest;
  await eventually(async () => {
    // Another length each time: the server looks for what is too old after the window that it had when it last looked, and
    // if the change came in between, that is ten minutes.
    window += 1_000_000;
    await jsm.streams.update(stream, { ...config, duplicate_window: window });
    await sleep(2 * shortest / 1_000_000);
    return !(await isKnown());
  });
}
