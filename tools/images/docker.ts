import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { workspaceRoot } from '@cepro/testkit';

const execute = promisify(execFile);

interface DockerOptions {
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs docker to its end. @returns what it wrote to standard output. @throws Error with what it wrote to the other one. */
export async function docker(args: readonly string[], { program = 'docker', env = {}, signal }: DockerOptions = {}): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { cwd: workspaceRoot, env: { ...process.env, ...env }, maxBuffer: 256 * 1024 * 1024, ...(signal && { signal }) });
    return stdout;
  } catch (error) {
    const { stderr, code, message } = error as { stderr?: string; code?: unknown; message: string };
    if (code === 'ENOENT') throw new Error(`${program} is not there. This needs a Docker engine and its command line.`, { cause: error });
    throw new Error(`${program} ${args.join(' ')}: ${stderr?.trim() || message}`, { cause: error });
  }
}
