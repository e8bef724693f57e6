import { project } from '../../jest.preset.mjs';

export default project('secrets', import.meta.url);
