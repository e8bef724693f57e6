import { project } from '../../jest.preset.mjs';

export default project('signing', import.meta.url);
