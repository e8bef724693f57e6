import { project } from '../../jest.preset.mjs';

export default project('delivery-worker', import.meta.url);
