import type { Requests } from '../receiver/receiver.ts';

/** How long first attempts took from the time their event was due to be published until the receiver's first byte, in milliseconds. */
export function latencies({ paths, path, attempt, sentAt, firstByteAt }: Requests, wanted: (path: string) => boolean = () => true): number[] {
  const isWanted = paths.map(wanted);
  const found: number[] = [];
  for (let index = 0; index < path.length; index++) {
    const latency = firstByteAt[index]! - sentAt[index]!;
    if (attempt[index] === 1 && isWanted[path[index]!] && !Number.isNaN(latency)) found.push(latency);
  }
  return found;
}
