import { readFileSync } from 'node:fs';
import { childrenOf } from '@cepro/testkit';

// All of this reads Linux's /proc; see proc(5).

/** What processes have used since they began. */
export interface Usage {
  /** User and system time, in milliseconds. */
  readonly cpuMs: number;
  /** Bytes that they caused to be sent to the disk: `write_bytes`, counted when a page is made dirty. */
  readonly writtenBytes: number;
}

/** Linux counts CPU time in hundredths of a second, whatever its own clock (USER_HZ). */
const tickMs = 10;

/** The CPU time of a process in milliseconds by its line of /proc/<pid>/stat, with that of its children that have ended. */
export function cpuMsOf(stat: string): number {
  // The name is in brackets and may hold anything, so fields are counted from behind it; the state is the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
  return (utime + stime + cutime + cstime) * tickMs;
}

/** A number out of a file of lines such as `VmRSS:  1234 kB`; 0 where it is missing. */
export function numberIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** What a process and everything that it started have used, also those that have ended. Nothing for one that is gone. */
export function usageOf(pid: number): Usage {
  const own = { cpuMs: cpuMsOf(read(pid, 'stat')), writtenBytes: numberIn(read(pid, 'io'), 'write_bytes') };
  return childrenOf(pid).map(usageOf).reduce(sum, own);
}

/** Adds up. */
export function sum(a: Usage, b: Usage): Usage {
  return { cpuMs: a.cpuMs + b.cpuMs, writtenBytes: a.writtenBytes + b.writtenBytes };
}

/** What was used between two looks. */
export function since(before: Usage, after: Usage): Usage {
  return { cpuMs: after.cpuMs - before.cpuMs, writtenBytes: after.writtenBytes - before.writtenBytes };
}

/** A process' memory in bytes: resident now, and the most that ever was. */
export function memoryOf(pid: number): { resident: number; peak: number } {
  const status = read(pid, 'status');
  return { resident: numberIn(status, 'VmRSS') * 1_024, peak: numberIn(status, 'VmHWM') * 1_024 };
}

/** Milliseconds that all processors together have worked since the machine was started, by /proc/stat. */
export function busyMsOf(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  return (user + nice + system + irq + softirq) * tickMs;
}

/** Milliseconds that this machine's processors have worked, for whomever. */
export function machineBusyMs(): number {
  return busyMsOf(readFileSync('/proc/stat', 'utf8'));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
