import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@cepro/testkit';
import { defaultImages } from '@cepro/testkit/container-images';
import { leftOut, selection } from './container-suite.ts';

describe('the suite that runs against containers', () => {
  it('leaves out what is there, and little of it', () => {
    for (const part of Object.keys(leftOut)) expect([part, existsSync(path.join(workspaceRoot, part))]).toEqual([part, true]);
    const all = globSync('{apps,libs}/*/test/**/*.int.spec.ts', { cwd: workspaceRoot });
    const ignored = selection.flatMap((argument) => /^--testPathIgnorePatterns=(.*)/.exec(argument)?.slice(1) ?? []).map((pattern) => new RegExp(pattern));
    const without = all.filter((file) => ignored.some((pattern) => pattern.test(path.join(workspaceRoot, file))));
    expect(without.sort().filter((file) => !Object.keys(leftOut).some((part) => file.startsWith(part)))).toEqual([]);
    expect(without.length).toBeLessThan(all.length / 10);
  });

  it('uses the images that docker-compose.yml runs', () => {
    const compose = readFileSync(path.join(workspaceRoot, 'docker-compose.yml'), 'utf8');
    for (const image of Object.values(defaultImages)) expect(compose).toMatch(new RegExp(`image: .*${image.replaceAll('.', '\\.')}\\b`));
  });
});
