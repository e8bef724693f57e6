import { absentEndpoint, evolveEndpoint, type EndpointChange, type EndpointState } from '@cepro/contracts';

/** What the log must know of an endpoint: whose it is and whether it may get requests. Its URL is not among it. */
export interface LogEndpoint {
  readonly endpointId: string;
  readonly accountId: string;
  readonly active: boolean;
  readonly lastDisabledVersion: number;
  readonly version: number;
  readonly deleted: boolean;
}

/** The endpoint after a change; `undefined` while nothing is known of it. */
export function evolveLogEndpoint(before: LogEndpoint | undefined, change: EndpointChange): LogEndpoint | undefined {
  const { accountId, endpointId, version } = change;
  const after = evolveEndpoint(stateOf(before), change);
  switch (after.status) {
    case 'absent':
      return undefined;
    case 'deleted':
      return { endpointId, accountId, version, active: false, deleted: true, lastDisabledVersion: before?.lastDisabledVersion ?? 0 };
    case 'live': {
      const { active, lastDisabledVersion } = after.endpoint;
      return { endpointId, accountId, version, active, lastDisabledVersion, deleted: false };
    }
  }
}

/** The rules of switching on and off are those of the contracts; what they don't depend on is left blank. */
function stateOf(before: LogEndpoint | undefined): EndpointState {
  if (!before) return absentEndpoint;
  const { endpointId: id, accountId, version, active, lastDisabledVersion } = before;
  if (before.deleted) return { status: 'deleted', id, accountId, version, deletedAt: '' };
  return {
    status: 'live',
    endpoint: {
      id, accountId, version, active, lastDisabledVersion,
      url: '', events: [], description: null, rateLimit: null, sealedSecret: '', createdAt: '', updatedAt: '', disabledReason: null, disabledAt: null,
    },
  };
}
