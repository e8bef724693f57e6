import { project } from '../../jest.preset.mjs';

export default project('console', import.meta.url);
