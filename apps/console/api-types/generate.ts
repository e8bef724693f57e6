// npm run generate-api-types: writes the types of the API that the page is built against.
import { writeFile } from 'node:fs/promises';
import { apiTypes, apiTypesFile } from './describe.ts';

await writeFile(apiTypesFile, await apiTypes());
process.stdout.write(`wrote ${apiTypesFile}\n`);
process.exit();
