import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much of the old generation of the heap is in use, garbage included, and how much V8 lets it grow to, both in bytes. */
export interface HeapUse {
  readonly used: number;
  readonly limit: number;
}

/** What {@link hasRoom} looks at: the process's own heap, unless a test says otherwise. */
export interface Heap {
  use(): HeapUse;
  /** Collects garbage. It takes as long as one of V8's own full collections: about a second for a gigabyte. */
  collect(): void;
}

/**
 * Of the limit, so much may be in use by what is kept. V8 ends a process whose heap stays above four fifths of its limit through
 * some collections in a row that take most of the time; the rest is for what comes and goes with the work.
 */
const most = 3 / 4;

/**
 * True as long as the heap can take more. In a healthy process garbage drives its use up to the limit again and again, so what looks
 * like too much is looked at once more without garbage.
 */
export function hasRoom(heap: Heap): boolean {
  const isEnough = ({ used, limit }: HeapUse) => used < most * limit;
  if (isEnough(heap.use())) return true;
  heap.collect();
  return isEnough(heap.use());
}

// What is young is either garbage soon or moves on, and has a limit of its own.
const withoutLimit = new Set(['new_space', 'new_large_object_space', 'read_only_space']);

/** This process's heap. */
export const processHeap: Heap = {
  use: () => ({
    used: getHeapSpaceStatistics().reduce((sum, { space_name: name, space_used_size: size }) => (withoutLimit.has(name) ? sum : sum + size), 0),
    limit: oldSpaceLimit(`${process.env['NODE_OPTIONS'] ?? ''} ${process.execArgv.join(' ')}`, getHeapStatistics().heap_size_limit),
  }),
  collect: () => {
    // A context that is made under this flag has the function. Only the flag of the command line would give it to everybody.
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    setFlagsFromString('--no-expose-gc');
  },
};

/**
 * The limit of the old generation in bytes. V8 tells only that of the whole heap. Without an option the young generation is
 * less than a twentieth of that, but beside a small `--max-old-space-size` it may be the larger part.
 */
export function oldSpaceLimit(nodeOptions: string, heapSizeLimit: number): number {
  // The last one counts, and those of the command line come after those of the environment.
  const megabytes = Number([...nodeOptions.matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g)].at(-1)?.[1] ?? 0);
  return megabytes > 0 ? Math.min(megabytes * 1024 * 1024, heapSizeLimit) : heapSizeLimit;
}
