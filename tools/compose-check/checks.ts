import { setTimeout as sleep } from 'node:timers/promises';
import { healthOf, lines, ports, startContainer, stopContainer, type Project } from './project.ts';
import { published, received } from './received.ts';

export interface CheckOptions {
  readonly project: Project;
  readonly print: (line: string) => void;
}

/** Between two looks at something that is waited for. */
const lookMs = 1_000;
/** What `stop_grace_period` gives, as Kubernetes does. */
const graceSeconds = 30;
const waitMs = 180_000;
const prometheus = `http://127.0.0.1:${ports.PROMETHEUS_PORT}`;

/** Waits until `look` gives something. @throws Error that says what was waited for. */
async function until<T>(what: string, look: () => Promise<T | undefined>, ms = waitMs): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${ms / 1_000} s for ${what}`);
    await sleep(lookMs);
  }
}

const waitHealthy = (id: string, name: string) => until(`${name} to be healthy`, async () => ((await healthOf(id)) === 'healthy' ? true : undefined));

/** The demo's events arrive, verify, and one of them is tried again. */
export async function demoDelivers({ project, print }: CheckOptions): Promise<void> {
  await until('every type of the demo, and its retry', async () => {
    const { delivered, retries } = received(await project.logs('demo-receiver'));
    return delivered >= 5 && retries > 0 ? true : undefined;
  });
  for (const line of (await project.logs('demo-receiver')).slice(0, 12)) print(`  ${line}`);
}

/** Prometheus scrapes every service. */
export async function everyTargetIsUp({ print }: CheckOptions): Promise<void> {
  interface Target { readonly labels: { readonly job: string; readonly instance: string }; readonly health: string; readonly lastError: string }
  const up = await until('every target to be up', async () => {
    const { data } = (await (await fetch(`${prometheus}/api/v1/targets?state=active`)).json()) as { data: { activeTargets: Target[] } };
    const jobs = new Set(data.activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.job));
    return jobs.size === 5 && data.activeTargets.every(({ health }) => health === 'up') ? data.activeTargets : undefined;
  });
  for (const { labels, health } of up) print(`  ${labels.job.padEnd(16)} ${labels.instance.padEnd(24)} ${health}`);
}

export interface RollingOptions extends CheckOptions {
  readonly services: readonly string[];
  readonly events: number;
  readonly perMinute: number;
}

/** Under load each container is stopped and started in turn; then the receiver has all that was published, and the ledger balances. */
export async function nothingIsLostByRestarts({ project, print, services, events, perMinute }: RollingOptions): Promise<void> {
  await project.compose('stop', 'demo-publisher');
  await project.compose('up', '--no-build', '--detach', '--wait', '--no-recreate', '--scale', 'delivery-worker=2', 'delivery-worker');
  const load = project.compose('run', '--rm', '-T', '--no-deps', '-e', `DEMO_EVENTS=${events}`, '-e', `DEMO_EVENTS_PER_MINUTE=${perMinute}`, 'demo-publisher');
  let ended = false;
  load.finally(() => { ended = true; }).catch(() => undefined);
  let rounds = 0;
  for (; !ended; rounds++) {
    for (const service of services) {
      if (ended) break;
      for (const id of await project.containers(service)) await restart(id, service, print);
    }
  }
  const [before, loaded] = [published(await project.logs('demo-publisher')), published(lines(await load))];
  const total = before + loaded;
  print(`  published ${total} events (${loaded} under ${rounds} rounds of restarts)`);
  const { delivered, repeats, notVerified } = await until(`all of ${total} deliveries`, async () => {
    const all = received(await project.logs('demo-receiver'));
    return all.delivered >= total ? all : undefined;
  });
  print(`  the receiver got ${delivered} deliveries, ${repeats} requests again, ${notVerified} that did not verify`);
  if (delivered !== total || notVerified > 0) throw new Error('what was received is not what was published');
  await accountedFor({ project, print });
}

async function restart(id: string, service: string, print: (line: string) => void): Promise<void> {
  const { seconds, exitCode } = await stopContainer(id, graceSeconds);
  await startContainer(id);
  print(`  ${service.padEnd(16)} ${id.slice(0, 12)}  stopped in ${seconds.toFixed(1)} s with code ${exitCode}`);
  if (exitCode !== 0 || seconds >= graceSeconds) throw new Error(`${service} was killed, or did not end cleanly`);
  await waitHealthy(id, service);
}

/** The ledger that runs balances, and so do the streams from their beginning. */
async function accountedFor({ project, print }: CheckOptions): Promise<void> {
  await until('the ledger to balance with nothing pending', async () => {
    const page = await project.ask('ledger', "console.log(await (await fetch('http://127.0.0.1:9105/ledger')).text())").catch(() => '{}');
    const { balanced, events } = JSON.parse(page) as { balanced?: boolean; events?: { waiting: number } };
    return balanced === true && events?.waiting === 0 ? true : undefined;
  });
  for (const line of lines(await project.compose('run', '--rm', '-T', '--no-deps', 'ledger-check'))) print(`  ${line}`);
}

/** Without a worker the alert fires, and with one it clears. */
export async function alertFiresAndClears({ project, print }: CheckOptions, alert: string): Promise<void> {
  const firing = async () => {
    const { data } = (await (await fetch(`${prometheus}/api/v1/alerts`)).json()) as { data: { alerts: { labels: { alertname: string }; state: string; activeAt: string }[] } };
    return data.alerts.find(({ labels, state }) => labels.alertname === alert && state === 'firing');
  };
  const { data } = (await (await fetch(`${prometheus}/api/v1/rules?type=alert`)).json()) as { data: { groups: { rules: { name: string }[] }[] } };
  if (!data.groups.some(({ rules }) => rules.some(({ name }) => name === alert))) throw new Error(`Prometheus has no alert ${alert}`);
  await until(`${alert} to be silent`, async () => ((await firing()) ? undefined : true));
  const workers = await project.containers('delivery-worker');
  for (const id of workers) await stopContainer(id, graceSeconds);
  print(`  stopped ${workers.length} workers at ${new Date().toISOString()}`);
  const { activeAt } = await until(`${alert} to fire`, firing, 2 * waitMs);
  print(`  ${alert} fires at ${new Date().toISOString()} (pending since ${activeAt})`);
  for (const id of workers) await startContainer(id);
  await until(`${alert} to clear`, async () => ((await firing()) ? undefined : true));
  print(`  ${alert} has cleared at ${new Date().toISOString()}`);
}
