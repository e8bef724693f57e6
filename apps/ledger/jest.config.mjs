import { project } from '../../jest.preset.mjs';
import { withServers } from '@cepro/testkit/jest-servers';

export default project('ledger', import.meta.url, withServers);
