// npm run compose:check: docker-compose.yml at work, where a Docker engine is. See --help.
import { parseArgs } from 'node:util';
import { alertFiresAndClears, demoDelivers, everyTargetIsUp, nothingIsLostByRestarts } from './compose-check/checks.ts';
import { lines, Project } from './compose-check/project.ts';

const usage = `usage: npm run compose:check [-- --events N] [--rate N] [--without SERVICE] [--skip-alert] [--keep]

Starts docker-compose.yml with its demo as a project of its own, and checks, with a few minutes of load:
that its images can be built and everything becomes healthy, the demo delivers, Prometheus scrapes every service, nothing is lost while every
service is stopped and started in turn, and the alert for a stopped worker fires and clears. Removes it all afterwards.

--events N    events of the load (6000), and
--rate N      how many a minute (1200): together at least some minutes
--without S   leaves a service out whose image is not to be had, such as grafana; may be given more than once
--skip-alert  without the alert, which takes some minutes
--keep        leaves the project running

Its images are tagged "check", and stay. Ctrl-C ends it, and removes the rest.`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '6000' }, rate: { type: 'string', default: '1200' }, without: { type: 'string', multiple: true, default: [] },
    'skip-alert': { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}

const print = (line: string) => void process.stdout.write(`${line}\n`);
const interrupted = new AbortController();
const ofInterruption = new Promise<never>((_resolve, reject) => interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason as Error), { once: true }));
ofInterruption.catch(() => undefined);
// Once: whoever asks again does not want to wait until it is removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));

const project = new Project(interrupted.signal);
const options = { project, print };
const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['images are built from this tree', async () => await project.compose('build', ...(await services()))],
  ['everything becomes healthy', async () => {
    await project.compose('up', '--no-build', '--detach', '--wait', ...(await services()));
    print(await project.compose('ps', '--all', '--format', 'table {{.Service}}\t{{.Status}}'));
  }],
  ['the demo delivers', () => demoDelivers(options)],
  ['Prometheus scrapes every service', () => everyTargetIsUp(options)],
  ['restarts of every service under load lose nothing', () => nothingIsLostByRestarts({
    ...options, events: Number(values.events), perMinute: Number(values.rate),
    services: ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'console', 'origin', 'nats', 'postgres'],
  })],
  ...(values['skip-alert'] ? [] : [['the alert for a stopped worker fires and clears', () => alertFiresAndClears(options, 'WebhooksNoWorker')] as const]),
];

/** By their names: those that are scaled to none are pulled all the same. */
async function services(): Promise<string[]> {
  return lines(await project.compose('config', '--services')).filter((service) => !values.without.includes(service));
}

try {
  for (const [name, run] of steps) {
    print(`\n${name}`);
    const started = Date.now();
    await Promise.race([run(), ofInterruption]);
    print(`  ok, ${((Date.now() - started) / 1_000).toFixed(0)} s`);
  }
} catch (error) {
  print(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
// What an interruption has given up may be going on in the engine: it is another one that ends it.
const last = new Project();
if (process.exitCode === 1 && !interrupted.signal.aborted) print(await last.compose('logs', '--no-color', '--tail', '50').catch(String));
if (!values.keep) {
  await last.compose('down', '--volumes', '--timeout', '30').catch((error: unknown) => {
    print(String(error));
    process.exitCode = 1;
  });
}
// A step that was interrupted may still be waiting for something.
process.exit();
