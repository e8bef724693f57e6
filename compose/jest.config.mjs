import { project } from '../jest.preset.mjs';

export default project('compose', import.meta.url);
