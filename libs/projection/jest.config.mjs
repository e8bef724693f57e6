import { withServers } from '@cepro/testkit/jest-servers';
import { project } from '../../jest.preset.mjs';

export default project('projection', import.meta.url, withServers);
