import { expect, it } from '@jest/globals';
import { folderUser } from './folder-user.ts';

it('a container writes as the user who runs it, whom a rootless engine calls 0', () => {
  const user = { uid: 1000, gid: 100 };
  expect(folderUser([], user)).toBe('1000:100');
  expect(folderUser(['name=seccomp,profile=default', 'name=cgroupns'], user)).toBe('1000:100');
  expect(folderUser(['name=seccomp,profile=builtin', 'name=rootless', 'name=cgroupns'], user)).toBe('0:0');
});
