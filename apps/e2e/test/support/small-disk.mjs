// A Postgres whose disk is a file system of its own, so small that a test can fill it. Runs as the ordinary user that it was started by,
// in namespaces of its own, in which that user may mount. A server that gave up for want of room is started again, as an operator
// or Kubernetes would, until it stays.
//
// unshare --user --map-root-user --mount -- node small-disk.mjs <folder> <MiB>
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '@cepro/testkit';

const [, , folder, megabytes] = process.argv;
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder]);

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const postgres = await startPostgres({ dataDir: folder, onLine: (line) => { if (/PANIC|No space/.test(line)) say({ msg: 'postgres', line }); } });
say({ msg: 'ready', url: postgres.adminUrl });

let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
  void postgres.stop().finally(() => process.exit(0));
});

while (!stopping) {
  await sleep(1_000);
  if (isRunning(postgres.pid) || stopping) continue;
  await postgres.restart().then(() => say({ msg: 'restarted' }), (error) => say({ msg: 'could not be restarted', reason: String(error) }));
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
