import { freePort } from './free-port.ts';
import { processes } from './process-runner.ts';
import { PortTakenError, type ServerProgram, type ServerRunner } from './server-program.ts';

/** Processes of this machine, or with `TEST_SERVERS=containers` what a Docker engine runs. Nothing else asks which. */
export async function serverRunner(): Promise<ServerRunner> {
  return process.env['TEST_SERVERS'] === 'containers' ? (await import('./containers/runner.ts')).containers : processes;
}

/** Starts a program on the given port or on a free one, of which others are tried when somebody took it since it was found free. */
export async function startOnPort<P extends ServerProgram, S>(
  given: number | undefined, programOn: (port: number) => Promise<P>, start: (program: P, port: number) => Promise<S>,
): Promise<{ port: number; program: P; server: S }> {
  for (let attempt = 1; ; attempt++) {
    const port = given ?? (await freePort());
    const program = await programOn(port);
    try {
      return { port, program, server: await start(program, port) };
    } catch (error) {
      await program.remove();
      if (given !== undefined || attempt === 3 || !(error instanceof PortTakenError)) throw error;
    }
  }
}
