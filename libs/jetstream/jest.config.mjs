import { project } from '../../jest.preset.mjs';

export default project('jetstream', import.meta.url);
