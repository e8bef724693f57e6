import { expect, it } from '@jest/globals';
import { declaredVariables, readmeVariables } from '@cepro/testkit';
import { variables } from './config.ts';

it('the README lists every variable with its default, and no other', () => {
  expect(readmeVariables(new URL('../README.md', import.meta.url))).toEqual(declaredVariables(variables));
});
