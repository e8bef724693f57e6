import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { workspaceRoot } from '@cepro/testkit';
import { docker } from './docker.ts';

export interface Image {
  readonly name: string;
  /** What `Dockerfile` is told to build; none for what has a file of its own. */
  readonly app?: string;
  readonly dockerfile: string;
}

const apps = ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'provision', 'demo'];

/** Every image of ours. */
export const images: readonly Image[] = [
  ...apps.map((app) => ({ name: app, app, dockerfile: 'Dockerfile' })),
  { name: 'console', dockerfile: 'apps/console/Dockerfile' },
];

export interface BuildOptions {
  readonly version: string;
  readonly revision: string;
  /** Further options of `docker build`. */
  readonly further: readonly string[];
}

/** Builds an image; what docker says is shown. @throws Error when it can't. */
export async function buildImage({ name, app, dockerfile }: Image, tag: string, { version, revision, further }: BuildOptions): Promise<void> {
  process.stdout.write(`\n${name} → ${tag}\n`);
  const args = [...(app ? [`APP=${app}`] : []), `VERSION=${version}`, `REVISION=${revision}`].flatMap((pair) => ['--build-arg', pair]);
  const build = spawn('docker', ['build', '--file', dockerfile, ...args, '--tag', tag, ...further, '.'], { cwd: workspaceRoot, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(build, 'close').catch((error: Error) => { throw new Error(`docker can not be run: ${error.message}`); })) as [number | null];
  if (code !== 0) throw new Error(`The image of ${name} could not be built: docker build ended with code ${code}`);
}

/** The version of the repository, and its commit where that is known. */
export async function version(): Promise<{ version: string; revision: string }> {
  const { version } = JSON.parse(await readFile(path.join(workspaceRoot, 'package.json'), 'utf8')) as { version: string };
  return { version, revision: await docker(['rev-parse', 'HEAD'], { program: 'git' }).then((text) => text.trim(), () => 'unknown') };
}

/** Bytes of an image with all its layers. */
export async function sizeOf(image: string): Promise<number> {
  return Number(await docker(['image', 'inspect', '--format', '{{.Size}}', image]));
}

/** The image that an image's last stage begins with. */
export async function baseOf({ dockerfile }: Image): Promise<string> {
  const stages = [...(await readFile(path.join(workspaceRoot, dockerfile), 'utf8')).matchAll(/^FROM (\S+)/gm)];
  return stages.at(-1)![1]!;
}
