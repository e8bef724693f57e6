import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { workspaceRoot } from '@cepro/testkit';

/** A service as docker-compose.yml writes it. */
export interface ComposeService {
  readonly image: string;
  readonly pull_policy?: string;
  readonly build?: { readonly args?: Readonly<Record<string, string>>; readonly dockerfile?: string };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart?: string;
  readonly [hardening: string]: unknown;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly ipam?: { readonly config: readonly { readonly subnet: string; readonly ip_range: string }[] } }>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** docker-compose.yml with the variables of `env`, and its own defaults for all others. */
export function composeFile(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const text = readFileSync(path.join(workspaceRoot, 'docker-compose.yml'), 'utf8');
  const file = parse(interpolated(text, env), { merge: true }) as ComposeFile;
  return { ...file, services: Object.fromEntries(Object.entries(file.services).map(([name, service]) => [name, withText(service)])) };
}

function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_all, name: string, fallback: string) => env[name] || fallback);
}

/** Whatever YAML takes a variable for, a process gets text. */
function withText(service: ComposeService): ComposeService {
  if (!service.environment) return service;
  return { ...service, environment: Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, String(value ?? '')])) };
}

/** The variables of a file such as compose/demo.env, with those of `env` and its own defaults in it. */
export function envFile(file: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const lines = interpolated(readFileSync(path.join(workspaceRoot, file), 'utf8'), env).split('\n');
  return Object.fromEntries(lines.flatMap((line) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? '']];
  }));
}

export const networksOf = ({ networks = [] }: ComposeService): readonly string[] => (Array.isArray(networks) ? networks : Object.keys(networks));

/** Volumes and folders, each with where it is mounted, and whether for reading only. */
export const mountsOf = ({ volumes = [] }: ComposeService) => volumes.map((each) => {
  const [source = '', target = '', mode] = each.split(':');
  return { source, target, readOnly: mode === 'ro' };
});

/** The app whose image it runs; none for those of others. */
export const appOf = ({ image }: ComposeService): string | undefined => /^cepro-webhooks\/([a-z-]+):/.exec(image)?.[1];

/** What runs to its end. */
export const isJob = ({ restart }: ComposeService): boolean => restart === 'no';
