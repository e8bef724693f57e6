import { project } from '../jest.preset.mjs';

export default project('monitoring', import.meta.url);
