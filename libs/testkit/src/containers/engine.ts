import { getContainerRuntimeClient, getReaper, ImageName } from 'testcontainers';
import { images } from '../container-images.ts';
import { eventually } from '../eventually.ts';
import { networkPrefix } from './runner.ts';
import { runLabel } from './server-container.ts';

/**
 * Makes sure that containers can be started, and has Testcontainers' Ryuk watch over them where it is not switched off.
 * @throws Error that says what to do when there is no engine, or an image is not to be had.
 */
export async function prepareEngine(): Promise<void> {
  const client = await getContainerRuntimeClient().catch((cause: Error) => {
    throw new Error('No Docker engine answers. Start one, or name its socket in DOCKER_HOST. Without one, "npm test" runs the same tests.', { cause });
  });
  for (const [server, image] of Object.entries(images())) {
    await client.image.pull(ImageName.fromString(image)).catch((cause: Error) => {
      const variable = `TEST_${server.toUpperCase()}_IMAGE`;
      throw new Error(`The image ${image} is not there and could not be pulled: ${cause.message}\n${variable} names another one.`, { cause });
    });
  }
  await getReaper(client).catch((cause: Error) => {
    throw new Error(
      `Testcontainers' Ryuk, which removes what a killed run leaves, could not be started: ${cause.message}\n` +
        'TESTCONTAINERS_RYUK_DISABLED=true does without it.',
      { cause },
    );
  });
}

/**
 * Removes what a test run (`TEST_RUN`) has had the engine make and not removed.
 * @throws Error when some of it stays.
 */
export async function removeLeftovers(run: string): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  // What a test had asked for when it was ended may appear, or be on its way out, for a moment yet.
  await eventually(async () => {
    const containers = await dockerode.listContainers({ all: true, filters: { label: [`${runLabel}=${run}`] } });
    const networks = await dockerode.listNetworks({ filters: { name: [`${networkPrefix}${run}-`] } });
    const left = [...containers, ...networks];
    await Promise.allSettled(containers.map(({ Id }) => dockerode.getContainer(Id).remove({ v: true, force: true })));
    await Promise.allSettled(networks.map(({ Id }) => dockerode.getNetwork(Id).remove()));
    if (left.length > 0) throw new Error(`the engine still has ${left.map(({ Id }) => Id).join(', ')}`);
  });
}
