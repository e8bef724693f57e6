import { project } from '../../jest.preset.mjs';

export default project('provision', import.meta.url);
