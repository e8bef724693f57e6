import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The folder of this project. */
export const monitoring = fileURLToPath(new URL('../', import.meta.url));

/** A rule as it is written: it records under a name, or it is an alert. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

export interface RuleFile { readonly groups: readonly RuleGroup[] }

/** The files of rules, as paths from the folder of this project. */
export const ruleFiles: readonly string[] = globSync('rules/*.yaml', { cwd: monitoring }).sort();

export const read = (file: string): string => readFileSync(`${monitoring}${file}`, 'utf8');

export const groupsOf = (file: string): readonly RuleGroup[] => (parse(read(file)) as RuleFile).groups;

/** Every rule, with the file that it stands in. */
export const allRules: readonly (Rule & { readonly file: string })[] =
  ruleFiles.flatMap((file) => groupsOf(file).flatMap(({ rules }) => rules.map((rule) => ({ ...rule, file }))));

export type Alert = Rule & { readonly alert: string; readonly file: string };

export const alerts: readonly Alert[] = allRules.filter((rule): rule is Alert => rule.alert !== undefined);
