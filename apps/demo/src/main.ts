// The programs of the demo, by the name that the command line gives.
const programs: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
  authority: () => import('./authority.ts'),
  receiver: () => import('./receiver.ts'),
  publisher: () => import('./publisher.ts'),
};

const load = programs[process.argv[2] ?? ''];
if (!load) {
  process.stderr.write(`usage: node dist/main.js ${Object.keys(programs).join('|')}\n\nEach is set up by environment variables, see the README.\n`);
  process.exit(2);
}
try {
  await (await load()).run();
} catch (error) {
  process.stderr.write(`${process.argv[2]}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
