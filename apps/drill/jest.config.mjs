import { withServers } from '@cepro/testkit/jest-servers';
import { project } from '../../jest.preset.mjs';

export default project('drill', import.meta.url, withServers);
