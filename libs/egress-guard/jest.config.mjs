import { project } from '../../jest.preset.mjs';

export default project('egress-guard', import.meta.url);
