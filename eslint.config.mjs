import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.cache/**', '.data/**', '.nx/**'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs'],
    plugins: { '@nx': nx },
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          // Every project's Jest configuration is made from the one at the top.
          allow: ['../../jest.preset.mjs', '../jest.preset.mjs'],
          enforceBuildableLibDependency: false,
          // Dependencies point one way: app -> infra lib -> pure lib. No app imports another.
          depConstraints: [
            { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:infra', 'type:pure', 'type:test'] },
            { sourceTag: 'type:infra', onlyDependOnLibsWithTags: ['type:infra', 'type:pure', 'type:test'] },
            { sourceTag: 'type:pure', onlyDependOnLibsWithTags: ['type:pure'], bannedExternalImports: ['@nestjs/*', '@nats-io/*', 'typeorm', 'pg', 'undici'] },
            { sourceTag: 'type:test', onlyDependOnLibsWithTags: ['type:pure', 'type:infra', 'type:test'] },
          ],
        },
      ],
    },
  },
  { files: ['apps/console/src/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  {
    files: ['apps/console/src/**/*.tsx'],
    ...a11y.flatConfigs.recommended,
    rules: {
      ...a11y.flatConfigs.recommended.rules,
      // What scrolls by itself must be reachable by keyboard.
      'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: [], roles: ['region', 'rowgroup', 'tabpanel'] }],
      // Of use to React's compiler alone, which is not used.
      'react-hooks/incompatible-library': 'off',
    },
  },
  { files: ['apps/console/public/*.js', 'compose/host.js'], languageOptions: { globals: { document: 'readonly', fetch: 'readonly' } } },
  {
    // Tests may use the testkit; what is shipped may not.
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'libs/testkit/**', 'libs/system/**', 'apps/e2e/**', 'apps/bench/**', 'apps/drill/**', 'apps/demo/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [{ name: '@cepro/testkit', message: 'Only tests import the testkit.' }] }] },
  },
);
