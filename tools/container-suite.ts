/** Integration tests whose subject is not to be had in a container, by a part of their path, and why. They run with `npm test`. */
export const leftOut: Readonly<Record<string, string>> = {
  'apps/bench/test/': 'measures processes of this machine, by /proc',
  'apps/drill/test/': 'has a report of its own about processes of this machine',
  'apps/e2e/test/degraded-disk.int.spec.ts': 'fills a disk that is made for the Postgres of this machine, in a namespace',
  'libs/testkit/test/nats-binary.int.spec.ts': 'finds the nats-server of this machine',
  'libs/testkit/test/server-processes.int.spec.ts': 'is about servers that are processes',
};

/** What the command says of them. */
export function leftOutNotice(): string {
  const width = Math.max(...Object.keys(leftOut).map((part) => part.length));
  return ['Not run against containers, but by npm test:', ...Object.entries(leftOut).map(([part, why]) => `  ${part.padEnd(width)}  ${why}`)].join('\n');
}

/** Jest's arguments for the suite: integration tests and what needs an engine, besides whatever else selects among them. */
export const selection: readonly string[] = [
  '--testMatch=<rootDir>/test/**/*.int.spec.ts', '--testMatch=<rootDir>/test/**/*.engine-spec.ts',
  '--testPathIgnorePatterns=/node_modules/', ...Object.keys(leftOut).map((part) => `--testPathIgnorePatterns=/${part.replaceAll('.', '\\.')}`),
];
