import { getContainerRuntimeClient, getReaper, ImageName } from 'testcontainers';
import { images } from '../container-images.ts';
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

/** Removes what a test run (`TEST_RUN`) has had the engine make and not removed; returns how much that was. */
export async function removeLeftovers(run: string): Promise<number> {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const filters = { label: [`${runLabel}=${run}`] };
  const left = await dockerode.listContainers({ all: true, filters });
  await Promise.all(left.map(({ Id }) => dockerode.getContainer(Id).remove({ v: true, force: true })));
  const networks = await dockerode.listNetworks({ filters: { name: [`${networkPrefix}${run}-`] } });
  await Promise.all(networks.map(({ Id }) => dockerode.getNetwork(Id).remove()));
  return left.length + networks.length;
}
