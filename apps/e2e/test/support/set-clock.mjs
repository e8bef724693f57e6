// Loaded before a service (`--import`): its time of day is off by as many milliseconds as stand in the file that CLOCK_FILE names, which
// is read at the start and at each SIGUSR2. Timers, and what counts time by itself, go on as they did, as on a machine whose clock is set.
import { readFileSync } from 'node:fs';

const RealDate = globalThis.Date;
const read = () => Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));
let offMs = read();

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + offMs] : args));
  }

  static now() {
    return RealDate.now() + offMs;
  }
};

process.on('SIGUSR2', () => {
  offMs = read();
  process.stdout.write(`${JSON.stringify({ msg: 'the clock was set', offMs })}\n`);
});
