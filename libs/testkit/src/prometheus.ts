import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { OwnedProcess } from './owned-process.ts';
import { prometheusBinary } from './program-binaries.ts';

export interface PrometheusOptions {
  /** Its configuration, in YAML. JSON is YAML. */
  readonly config: string;
  /** Files of rules and the like, by their names, which the configuration may name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A line of a query's result: its labels, and its samples, each a time in seconds and a value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: number])[];
}

/** A Prometheus on 127.0.0.1 that keeps what it scrapes in a folder of its own. */
export interface PrometheusServer {
  readonly url: string;
  /** Calls its API, such as `alerts`, and returns what stands in `data`. @throws Error with what it says when it refuses. */
  api<T>(call: string, parameters?: Readonly<Record<string, string>>): Promise<T>;
  /** What an expression is now. */
  query(expression: string): Promise<readonly Series[]>;
  /** What an expression was over the last so many seconds. */
  queryRange(expression: string, range: { readonly seconds: number; readonly stepSeconds: number }): Promise<readonly Series[]>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

interface Result {
  readonly metric?: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Starts a Prometheus and waits until it has read its configuration. */
export async function startPrometheus({ config, files = {} }: PrometheusOptions): Promise<PrometheusServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cepro-prometheus-'));
  for (const [name, text] of Object.entries({ ...files, 'prometheus.yaml': config })) await writeFile(path.join(folder, name), text);
  const port = await freePort();
  const server = await OwnedProcess.start(
    await prometheusBinary(),
    [`--config.file=${folder}/prometheus.yaml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
    { env: {}, cwd: folder, onParentDeath: 'KILL' },
  );
  const url = `http://127.0.0.1:${port}`;
  const api = async <T>(call: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${call}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(60_000) });
    const answer = await response.json() as { readonly data?: T; readonly error?: string };
    if (!response.ok) throw new Error(`${call} ${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data as T;
  };
  const stop = async () => {
    await server.stop('SIGTERM', 60_000);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => {
      if (!server.isRunning) return;
      if ((await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) })).status !== 200) throw new Error('Prometheus is not ready');
    });
    if (!server.isRunning) throw new Error(`Prometheus ended with code ${server.exit?.code}`);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}; it wrote:\n${server.tail()}`, { cause: error });
  }
  return {
    url,
    api,
    stop,
    query: async (query) => seriesOf(await api('query', { query })),
    queryRange: async (query, { seconds, stepSeconds }) => {
      const end = Date.now() / 1_000;
      return seriesOf(await api('query_range', { query, start: String(end - seconds), end: String(end), step: String(stepSeconds) }));
    },
  };
}

/** A number alone comes as one pair, anything else as lines. */
function seriesOf({ resultType, result }: { readonly resultType: string; readonly result: readonly Result[] | readonly [number, string] }): Series[] {
  if (resultType === 'scalar') return [{ metric: {}, values: [sample(result as readonly [number, string])] }];
  return (result as readonly Result[]).map(({ metric = {}, value, values = [] }) => ({ metric, values: (value ? [value] : values).map(sample) }));
}

function sample([time, value]: readonly [number, string]): [number, number] {
  return [time, value === '+Inf' ? Infinity : value === '-Inf' ? -Infinity : Number(value)];
}
