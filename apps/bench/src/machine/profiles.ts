import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { numberText } from '../report/table.ts';
import { selfTimes, type CpuProfile } from './cpu-profile.ts';

const lines = 25;

/** The functions that took most, by the largest of the profiles in a folder that were written since then. */
export async function describeProfile(folder: string, since: number): Promise<string> {
  const names = await readdir(folder).catch((): string[] => []);
  const files = await Promise.all(names.filter((name) => name.endsWith('.cpuprofile')).map(async (name) => {
    const file = path.join(folder, name);
    return { file, ...(await stat(file)) };
  }));
  const [largest] = files.filter(({ mtimeMs }) => mtimeMs >= since).sort((a, b) => b.size - a.size);
  if (!largest) return `There is no profile in ${folder}.`;
  const top = selfTimes(JSON.parse(await readFile(largest.file, 'utf8')) as CpuProfile, lines);
  const rows = top.map(({ name, where, ms, percent }) => `  ${numberText(percent).padStart(5)} %  ${`${numberText(ms)} ms`.padStart(9)}  ${name}  ${where}`);
  return [`Self time by ${path.basename(largest.file)}:`, ...rows].join('\n');
}
