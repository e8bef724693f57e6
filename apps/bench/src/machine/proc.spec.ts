import { describe, expect, it } from '@jest/globals';
import { busyMsOf, cpuMsOf, memoryOf, numberIn, usageOf } from './proc.ts';

describe('what /proc says', () => {
  it('of CPU time is found behind a name that holds anything', () => {
    expect(cpuMsOf('42 (a) b (x y) S 1 42 42 0 -1 4194560 9 8 7 6 100 20 3 4 20 0 1 0 55 66')).toBe(1_270);
  });

  it('of a process that has ended is nothing', () => {
    expect([cpuMsOf(''), usageOf(2 ** 30)]).toEqual([0, { cpuMs: 0, writtenBytes: 0 }]);
  });

  it('in lines with names is found by the whole name', () => {
    const io = 'rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 4096\ncancelled_write_bytes: 5\n';
    expect([numberIn(io, 'write_bytes'), numberIn('VmHWM:\t  1234 kB\n', 'VmHWM'), numberIn(io, 'VmRSS')]).toEqual([4_096, 1_234, 0]);
  });

  it('of the machine leaves out what it has waited', () => {
    expect(busyMsOf('cpu  1 2 3 400 500 6 7 8 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\n')).toBe(190);
  });

  it('of this process is something', () => {
    expect(usageOf(process.pid).cpuMs).toBeGreaterThan(0);
    const { resident, peak } = memoryOf(process.pid);
    expect(resident).toBeGreaterThan(1e6);
    expect(peak).toBeGreaterThanOrEqual(resident);
  });
});
