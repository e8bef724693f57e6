import { project } from '../../jest.preset.mjs';
import { withServers } from '@cepro/testkit/jest-servers';

export default project('config-api', import.meta.url, withServers);
