import { project } from '../../jest.preset.mjs';
import { withServers } from '@cepro/testkit/jest-servers';

export default project('event-router', import.meta.url, withServers);
