import type { ServiceProcess } from '@cepro/testkit';

/** What a service says is not ready, by name; empty when it is. Whatever it is, it must be alive, and its status must say the same. */
export async function problemsOf({ app, managementPort }: ServiceProcess): Promise<Record<string, string>> {
  const [ready, live] = await Promise.all(['ready', 'live'].map((probe) => fetch(`http://127.0.0.1:${managementPort}/health/${probe}`)));
  const { problems = {} } = await ready!.json() as { problems?: Record<string, string> };
  if (live!.status !== 200) throw new Error(`${app} is not alive: ${live!.status}`);
  if (ready!.status !== (Object.keys(problems).length > 0 ? 503 : 200)) throw new Error(`${app} answers ${ready!.status} and names ${JSON.stringify(problems)}`);
  return problems;
}

/** The lines of a service's log with that message. */
export function said(service: ServiceProcess, message: string): Record<string, unknown>[] {
  return service.logs().filter(({ msg }) => msg === message);
}
