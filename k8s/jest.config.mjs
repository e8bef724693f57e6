import { project } from '../jest.preset.mjs';

export default project('k8s', import.meta.url);
