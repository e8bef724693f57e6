/** The part of V8's .cpuprofile that is read: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[];
  /** Which node was on top, in turn, and how many microseconds after the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function, and the time that was spent in it and not in what it called. */
export interface SelfTime {
  readonly name: string;
  /** Such as `libs/jetstream/dist/pulling.js:81`; empty for V8's own. */
  readonly where: string;
  readonly ms: number;
  /** Of all time that was not idle. */
  readonly percent: number;
}

/** The functions in which most time was spent, the first most. Time in which the process waited does not count. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, most: number): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const found = new Map<string, { name: string; where: string; us: number }>();
  let busyUs = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)') continue;
    // The time of a sample is the one until the next.
    const us = Math.max(0, timeDeltas[index + 1] ?? 0);
    busyUs += us;
    const where = frame.url ? `${shortened(frame.url)}:${frame.lineNumber + 1}` : '';
    const name = frame.functionName || '(anonymous)';
    const key = `${name} ${where}`;
    const entry = found.get(key) ?? { name, where, us: 0 };
    entry.us += us;
    found.set(key, entry);
  }
  return [...found.values()].sort((a, b) => b.us - a.us).slice(0, most)
    .map(({ name, where, us }) => ({ name, where, ms: us / 1_000, percent: busyUs > 0 ? (100 * us) / busyUs : 0 }));
}

/** A path from the workspace, or from the package. */
function shortened(url: string): string {
  return url.replace(/^file:\/\/.*?\/((?:apps|libs)\/(?!.*node_modules)|node_modules\/(?!.*node_modules))/, '$1').replace(/^node_modules\//, '');
}
