import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { promtoolBinary } from '@cepro/testkit';

const execute = promisify(execFile);
const folder = fileURLToPath(new URL('../rules/', import.meta.url));
const tests = globSync('*.test.yaml', { cwd: folder }).sort();
const rules = globSync('*.yaml', { cwd: folder }).filter((file) => !tests.includes(file)).sort();

describe('the alerting rules', () => {
  it('have tests each', () => {
    expect(rules).not.toEqual([]);
    expect(tests).toEqual(rules.map((file) => file.replace('.yaml', '.test.yaml')));
  });

  it.each(rules)('in %s are what Prometheus reads', async (file) => {
    await execute(await promtoolBinary(), ['check', 'rules', '--lint=all', '--lint-fatal', file], { cwd: folder });
  });

  it.each(tests)('fire when they shall, and not otherwise: %s', async (file) => {
    await execute(await promtoolBinary(), ['test', 'rules', file], { cwd: folder });
  });
});
