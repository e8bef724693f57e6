// Runs a script of this workspace on Node 24 with the workspace's dependencies in place, whichever Node (18 or later)
// and however fresh the clone: node tools/with-node24.mjs tools/start.ts [arguments]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.cepro-install');
const oldestNode = [24, 9];

/** What node_modules depends on: the lock file, and the platform whose binaries were installed. */
function wantedStamp() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
}

/** True when node_modules is what the lock file asks for, by this script's stamp or by npm's own record. */
function isInstalled(stamp) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === stamp) return true;
  // Somebody may have run npm by hand. It writes this file last, so one that is newer than the lock means a whole install.
  const record = path.join(modules, '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  const stamp = wantedStamp();
  if (!isInstalled(stamp)) {
    console.log('Installing the dependencies with npm ci (once, and again when package-lock.json changes) …');
    const { npm_execpath: cli = '' } = process.env;
    const windows = process.platform === 'win32';
    const [command, prefix] = cli.endsWith('npm-cli.js') ? [process.execPath, [cli]] : [windows ? 'npm.cmd' : 'npm', []];
    const { status, error } = spawnSync(command, [...prefix, 'ci', '--loglevel=error'], { cwd: root, stdio: 'inherit', shell: windows && prefix.length === 0 });
    if (error) fail(`npm could not be run: ${error.message}`);
    if (status !== 0) fail('npm ci failed; what it says is above.');
  }
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8').trim() !== stamp) writeFileSync(stampFile, `${stamp}\n`);
}

/** The Node that comes with the dependencies, or this one when it is new enough. */
function runtime() {
  const own = path.join(modules, `node-linux-${process.arch}`, 'bin', 'node');
  if (process.platform === 'linux' && existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath;
  return fail(`Node ${oldestNode.join('.')} or later is needed; this is ${process.versions.node}, and none is packaged for ${process.platform}-${process.arch}.`);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

function run(node, [script, ...args]) {
  if (!script) fail('usage: node tools/with-node24.mjs SCRIPT [ARGUMENTS]');
  const flags = [
    '--disable-warning=ExperimentalWarning',
    `--import=${pathToFileURL(path.join(root, 'tools', 'swc-hooks.mjs')).href}`,
    '--conditions=@cepro/source',
  ];
  const searchPath = [path.join(modules, '.bin'), path.dirname(node), process.env.PATH].join(path.delimiter);
  const child = spawn(node, [...flags, path.resolve(root, script), ...args], {
    cwd: root, stdio: 'inherit', env: { ...process.env, PATH: searchPath },
  });
  // Ctrl-C in a terminal reaches the script by itself, as it is in the same process group.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`${node} could not be run: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

install();
run(runtime(), process.argv.slice(2));
