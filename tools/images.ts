// npm run images: builds the image of every service and the console's, and says how large they are. See --help.
import { parseArgs } from 'node:util';
import { baseOf, buildImage, images, sizeOf, version } from './images/build-images.ts';

const usage = `usage: npm run images [-- [--tag TAG] [--prefix PREFIX] [--sizes] [IMAGE …]] [-- DOCKER_OPTION …]

Builds images (all of them, or those that are named: ${images.map(({ name }) => name).join(', ')})
as PREFIX/IMAGE:TAG (cepro-webhooks, development), and prints what each adds to its base image. Exits with 1 if a
service adds more than 120 MB.

--sizes   only prints the sizes of images that are there.

What follows a second -- goes to docker build, such as --platform or --secret.`;

const most = 120;
const { args, further } = split(process.argv.slice(2));
const { values, positionals } = parseArgs({
  args, allowPositionals: true,
  options: { tag: { type: 'string', default: 'development' }, prefix: { type: 'string', default: 'cepro-webhooks' }, sizes: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
const unknown = positionals.filter((name) => !images.some((image) => image.name === name));
if (values.help || unknown.length > 0) {
  process.stdout.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

try {
  const wanted = images.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const tagOf = (name: string) => `${values.prefix}/${name}:${values.tag}`;
  for (const image of values.sizes ? [] : wanted) await buildImage(image, tagOf(image.name), { ...(await version()), further });
  const rows = await Promise.all(wanted.map(async (image) => {
    const [total, base] = [await sizeOf(tagOf(image.name)), await sizeOf(await baseOf(image))];
    return { image: tagOf(image.name), base, total, adds: total - base, isService: image.app !== undefined };
  }));
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1).padStart(8);
  process.stdout.write(`\n${'image'.padEnd(48)}${'base'.padStart(8)}${'total'.padStart(8)}${'adds'.padStart(8)}  MB\n`);
  for (const { image, base, total, adds } of rows) process.stdout.write(`${image.padEnd(48)}${mb(base)}${mb(total)}${mb(adds)}\n`);
  const tooLarge = rows.filter(({ isService, adds }) => isService && adds > most * 1e6);
  for (const { image } of tooLarge) process.stderr.write(`${image} adds more than ${most} MB to its base image\n`);
  process.exitCode = tooLarge.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Our own arguments, and those behind a further `--`. */
function split(all: readonly string[]): { args: string[]; further: string[] } {
  const at = all.indexOf('--');
  return at < 0 ? { args: [...all], further: [] } : { args: all.slice(0, at), further: all.slice(at + 1) };
}
