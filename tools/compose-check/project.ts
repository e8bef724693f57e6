import { docker } from '../images/docker.ts';

/** Ports of this machine that nobody else's project uses by default. */
export const ports = { ORIGIN_PORT: '18080', NATS_PORT: '14333', POSTGRES_PORT: '15433', PROMETHEUS_PORT: '19090', GRAFANA_PORT: '13000' } as const;

/** What is this project's own besides: images of this tree, and a network for deliveries. */
const environment = { ...ports, TAG: 'check', DELIVERIES_NET: '10.213.78' } as const;

/** A Compose project of its own, with volumes of its own: what somebody runs from the same file is not touched. */
export class Project {
  readonly #stop: AbortSignal | undefined;
  readonly #before = ['compose', '--project-name', 'cepro-webhooks-check', '--env-file', 'compose/demo.env'];

  /** What is under way when `stop` says so is given up. */
  constructor(stop?: AbortSignal) {
    this.#stop = stop;
  }

  compose(...args: string[]): Promise<string> {
    return docker([...this.#before, ...args], { env: environment, signal: this.#stop });
  }

  /** The ids of a service's containers, running or not. */
  async containers(service: string): Promise<string[]> {
    return lines(await this.compose('ps', '--all', '--quiet', service));
  }

  async logs(service: string): Promise<string[]> {
    return lines(await this.compose('logs', '--no-color', '--no-log-prefix', service));
  }

  /** Runs a script in a service's container, on its own Node. */
  async ask(service: string, script: string): Promise<string> {
    return await this.compose('exec', '-T', service, 'node', '--input-type=module', '--eval', script);
  }
}

export function lines(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** One that was stopped: how long it took, and the exit code. */
export async function stopContainer(id: string, graceSeconds: number): Promise<{ seconds: number; exitCode: number }> {
  const started = Date.now();
  await docker(['stop', '--time', String(graceSeconds), id]);
  const exitCode = Number(await docker(['inspect', '--format', '{{.State.ExitCode}}', id]));
  return { seconds: (Date.now() - started) / 1_000, exitCode };
}

export async function startContainer(id: string): Promise<void> {
  await docker(['start', id]);
}

/** `healthy` when the container's own check says so, `starting` before. */
export async function healthOf(id: string): Promise<string> {
  return (await docker(['inspect', '--format', '{{.State.Health.Status}}', id])).trim();
}
