import { project } from '../../jest.preset.mjs';
import { withServers } from './jest-servers.mjs';

export default project('testkit', import.meta.url, withServers);
