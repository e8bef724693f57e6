// npm run bench: builds the services, and then measures them.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@cepro/testkit';
import { buildServices } from './build.ts';

if (!process.argv.slice(2).some((argument) => ['--help', '-h', '--list'].includes(argument))) {
  process.stderr.write('Building …\n');
  await buildServices().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
await import(pathToFileURL(path.join(workspaceRoot, 'apps', 'bench', 'src', 'main.ts')).href);
