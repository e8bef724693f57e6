// npm run compose:check: docker-compose.yml at work, where a Docker engine is. See --help.
import { parseArgs } from 'node:util';
import { alertFiresAndClears, demoDelivers, everyTargetIsUp, nothingIsLostByRestarts } from './compose-check/checks.ts';
import { lines, Project } from './compose-check/project.ts';

const usage = `usage: npm run compose:check [-- --events N] [--rate N] [--without SERVICE] [--skip-alert] [--keep]

Starts docker-compose.yml with its demo as a project of its own, and checks, with a few minutes of load:
that everything becomes healthy, the demo delivers, Prometheus scrapes every service, nothing is lost while every
service is stopped and started in turn, and the alert for a stopped worker fires and clears. Removes it all afterwards.

--events N    events of the load (6000), and
--rate N      how many a minute (1200): together at least some minutes
--without S   leaves a service out whose image is not to be had, such as grafana; may be given more than once
--skip-alert  without the alert, which takes some minutes
--keep        leaves the project running`;

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
const project = new Project();
const options = { project, print };
const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['everything becomes healthy', async () => {
    // By their names: those that are scaled to none are pulled all the same.
    const services = lines(await project.compose('config', '--services')).filter((service) => !values.without.includes(service));
    await project.compose('up', '--detach', '--wait', ...services);
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

let failed = false;
for (const [name, run] of steps) {
  print(`\n${name}`);
  const started = Date.now();
  try {
    await run();
    print(`  ok, ${((Date.now() - started) / 1_000).toFixed(0)} s`);
  } catch (error) {
    print(`  FAILED: ${error instanceof Error ? error.message : String(error)}`);
    failed = true;
    break;
  }
}
if (!values.keep) await project.compose('down', '--volumes', '--timeout', '30').catch((error: unknown) => print(String(error)));
process.exitCode = failed ? 1 : 0;
