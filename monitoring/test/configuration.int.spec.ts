import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { promtoolBinary, workspaceRoot } from '@cepro/testkit';

const execute = promisify(execFile);
const monitoring = fileURLToPath(new URL('../', import.meta.url));

interface Configuration {
  readonly scrape_configs: readonly { readonly job_name: string; readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[] }[];
}

describe('the configuration of Prometheus beside compose', () => {
  it('is what Prometheus reads, with every file of rules and nothing else', async () => {
    const { stdout } = await execute(await promtoolBinary(), ['check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yaml'], { cwd: monitoring });
    expect([...stdout.matchAll(/Checking (\S+)/g)].map(([, file]) => file)).toEqual(['prometheus.yaml', ...globSync('rules/*.yaml', { cwd: monitoring }).sort()]);
  });

  it('scrapes each service that has a management port, there, under its own name', async () => {
    const { scrape_configs: jobs } = parse(await readFile(`${monitoring}prometheus.yaml`, 'utf8')) as Configuration;
    const scraped = jobs.map(({ job_name: job, dns_sd_configs: found }) => [job, ...found.map(({ names, port }) => `${names.join(',')}:${port}`)]);
    const listening = await Promise.all(globSync('apps/*/src/config.ts', { cwd: workspaceRoot }).map(async (file) => {
      const port = /MANAGEMENT_PORT: variable\.port\((\d+)\)/.exec(await readFile(`${workspaceRoot}/${file}`, 'utf8'))?.[1];
      const service = file.split('/')[1];
      return port === undefined ? [] : [[service, `${service}:${port}`]];
    }));
    expect(scraped.sort()).toEqual(listening.flat().sort());
  });
});
