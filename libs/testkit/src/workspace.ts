import { fileURLToPath } from 'node:url';

/** The folder of the workspace, from the sources and from the build alike. */
export const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url));
