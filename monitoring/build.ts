// npm run dashboards: builds Grafana's dashboards and the Prometheus operator's rules from what they are made of.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { artefacts } from './artefacts.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

// One that is not made any more would be shown for ever.
await rm(`${folder}grafana/dashboards`, { recursive: true, force: true });
for (const [file, text] of artefacts()) {
  await mkdir(path.dirname(`${folder}${file}`), { recursive: true });
  await writeFile(`${folder}${file}`, text);
  console.log(`monitoring/${file}`);
}
