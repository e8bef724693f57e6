import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@cepro/testkit';
import { defaultImages } from '@cepro/testkit/container-images';
import { leftOut, selection } from './container-suite.ts';

describe('the suite that runs against containers', () => {
  it('leaves out what is listed, which is there, and little else of all that there is', () => {
    for (const part of Object.keys(leftOut)) expect([part, existsSync(path.join(workspaceRoot, part))]).toEqual([part, true]);
    const patterns = selection.flatMap((argument) => /^--testPathIgnorePatterns=(.*)/.exec(argument)?.slice(1) ?? []).map((pattern) => new RegExp(pattern));
    const ignored = (file: string) => patterns.some((pattern) => pattern.test(path.join(workspaceRoot, file)));
    const listed = (file: string) => Object.keys(leftOut).some((part) => file.startsWith(part));
    const all = globSync('{apps,libs}/*/test/**/*.int.spec.ts', { cwd: workspaceRoot });
    expect(all.filter(ignored)).toEqual(all.filter(listed));
    expect(all.filter(listed).length).toBeLessThan(all.length / 10);
  });

  it('uses the images that docker-compose.yml runs', () => {
    const compose = readFileSync(path.join(workspaceRoot, 'docker-compose.yml'), 'utf8');
    for (const image of Object.values(defaultImages)) expect(compose).toMatch(new RegExp(`image: .*${image.replaceAll('.', '\\.')}\\b`));
  });
});
