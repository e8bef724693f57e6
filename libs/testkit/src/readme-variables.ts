import { readFileSync } from 'node:fs';

/**
 * The variables that a service's README lists, each with its default as written there: `required`, or nothing for one
 * that may be left out. Rows look like `| NAME (as code) | unit | default | what |`.
 */
export function readmeVariables(readme: URL): Record<string, string> {
  return Object.fromEntries(readFileSync(readme, 'utf8').split('\n').flatMap((line) => {
    const [, name, fallback = ''] = /^\| `([A-Z_]+)` \|[^|]*\|([^|]*)\|/.exec(line) ?? [];
    return name ? [[name, fallback.trim().replaceAll('`', '')]] : [];
  }));
}

/** The same, as the service's own declaration of its variables has it. */
export function declaredVariables(variables: Readonly<Record<string, { safeParse(value: unknown): { success: boolean; data?: unknown } }>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, type]) => {
    const { success, data } = type.safeParse(undefined);
    return [name, !success ? 'required' : data === undefined || (Array.isArray(data) && data.length === 0) ? '' : String(data)];
  }));
}
