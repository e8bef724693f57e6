// Run while an image is built: puts together what a service needs to run, and nothing else.
//
//   node tools/images/inside/assemble.mjs APP FOLDER
//
// FOLDER/app: the built app, the libs of the workspace that it uses, and the packages that these depend on, each to where Node
// finds it. FOLDER/volumes: see below. `npm prune` would leave the dependencies of every app: a
// workspace is production to it, the testkit too.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [app, target] = process.argv.slice(2);
if (!app || !target) throw new Error('usage: node tools/images/inside/assemble.mjs APP FOLDER');
const root = process.cwd();
const own = path.join('apps', app);

const copied = new Set();
copyWithDependencies(path.join(root, own));
// A volume belongs to whom the folder belongs that it is mounted over first. An app that fills volumes names them.
const { image: { volumes = [] } = {} } = JSON.parse(readFileSync(path.join(root, own, 'package.json'), 'utf8'));
for (const volume of ['', ...volumes]) mkdirSync(path.join(target, 'volumes', volume), { recursive: true });

for (const file of ['healthy.mjs', 'signals.mjs']) cpSync(path.join(root, 'tools/images/inside', file), path.join(target, 'app', file));
const image = { app, managementPort: await declaredPort() };
writeFileSync(path.join(target, 'app', 'image.json'), `${JSON.stringify(image)}\n`);
process.stdout.write(`${app}: ${copied.size} packages\n`);

function copyWithDependencies(folder) {
  if (copied.has(folder)) return;
  copied.add(folder);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const isOurs = !path.relative(root, folder).split(path.sep).includes('node_modules');
  if (isOurs) copyBuilt(folder);
  else copyPackage(folder);
  for (const { name, required } of dependenciesOf(manifest)) {
    const found = locate(name, folder);
    if (!found) {
      if (required) throw new Error(`${manifest.name} depends on ${name}, which is not installed`);
      continue;
    }
    const real = realpathSync(found);
    if (real !== found) link(found, real);
    copyWithDependencies(real);
  }
}

/** What a package can't do without; an optional peer that is used, its user depends on by itself. */
function dependenciesOf({ dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [
    ...[...Object.keys(dependencies), ...peers].filter((name) => !(name in optionalDependencies)).map((name) => ({ name, required: true })),
    ...Object.keys(optionalDependencies).map((name) => ({ name, required: false })),
  ];
}

/** The folder that Node would take for a package, seen from another. */
function locate(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (folder === root) return undefined;
  }
}

function copyBuilt(folder) {
  copy(path.join(folder, 'package.json'));
  // Source maps stay, so that traces name lines of the sources; declarations are for the compiler.
  copy(path.join(folder, 'dist'), (file) => !/\.d\.ts(\.map)?$|\.tsbuildinfo$/.test(file));
}

function copyPackage(folder) {
  copy(folder, (file) => path.basename(file) !== 'node_modules' && !/\.(d\.[cm]?ts|map|md|markdown)$/.test(file));
}

function copy(from, filter = () => true) {
  cpSync(from, path.join(target, 'app', path.relative(root, from)), { recursive: true, filter });
}

function link(from, to) {
  const place = path.join(target, 'app', path.relative(root, from));
  if (existsSync(place)) return;
  mkdirSync(path.dirname(place), { recursive: true });
  symlinkSync(path.relative(path.dirname(from), to), place);
}

/** Where the service shows its health unless its environment says otherwise; none, for what runs to its end. */
async function declaredPort() {
  const { variables = {} } = await import(pathToFileURL(path.join(root, own, 'dist/config.js')).href);
  return variables.MANAGEMENT_PORT?.parse(undefined);
}
