// npm run screenshots: pictures of every view of the page, wide and narrow, light and dark, in .cache/screenshots; those of
// the README go to docs/images.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { System } from '@cepro/system';
import { natsServerBinary, startPostgres, workspaceRoot } from '@cepro/testkit';
import { startBrowser } from './browser.ts';
import { gallery, galleryEnv } from './gallery.ts';

const folder = path.join(workspaceRoot, '.cache', 'screenshots');
const images = path.join(workspaceRoot, 'docs', 'images');
const inReadme = { list: 'list-wide-light', log: 'log-failing-wide-light', event: 'event-wide-light', secret: 'secret-wide-light' };
const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } };

async function takeAll(system: System): Promise<void> {
  const browser = await startBrowser();
  const views = await gallery(system);
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const { name, origin, path: where, show } of views) {
        const { page, close } = await browser.open(origin, where, { viewport, colorScheme, reducedMotion: 'reduce' });
        await show(page);
        const fullPage = !(await page.getByRole('dialog').isVisible());
        await page.screenshot({ path: path.join(folder, `${name}-${size}-${colorScheme}.png`), fullPage, animations: 'disabled' });
        await close();
      }
    }
  }
  await browser.close();
}

process.env['NATS_SERVER_BIN'] = await natsServerBinary();
const postgres = await startPostgres();
process.env['TEST_POSTGRES_URL'] = postgres.adminUrl;
const system = await System.start({ env: galleryEnv });
await rm(folder, { recursive: true, force: true });
await Promise.all([folder, images].map((each) => mkdir(each, { recursive: true })));
try {
  await takeAll(system);
  for (const [name, file] of Object.entries(inReadme)) await copyFile(path.join(folder, `${file}.png`), path.join(images, `${name}.png`));
} finally {
  await system.stop();
  await postgres.stop();
}
process.stdout.write(`wrote ${folder}\n`);
process.exit();
