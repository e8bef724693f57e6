import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { promtoolBinary } from '@cepro/testkit';

const execute = promisify(execFile);
const monitoring = fileURLToPath(new URL('../', import.meta.url));
const rules = globSync('rules/*.yaml', { cwd: monitoring }).sort();
// Not beside the rules: Prometheus reads whatever is there.
const tests = globSync('test/rules/*.test.yaml', { cwd: monitoring }).sort();

describe('the alerting rules', () => {
  it('have tests each', () => {
    expect(rules).not.toEqual([]);
    expect(tests).toEqual(rules.map((file) => `test/${file.replace('.yaml', '.test.yaml')}`));
  });

  it.each(rules)('in %s are what Prometheus reads', async (file) => {
    await execute(await promtoolBinary(), ['check', 'rules', '--lint=all', '--lint-fatal', file], { cwd: monitoring });
  });

  it.each(tests)('fire when they shall, and not otherwise: %s', async (file) => {
    await execute(await promtoolBinary(), ['test', 'rules', file], { cwd: monitoring });
  });
});
