import type { Breakage } from '../breakage.ts';

const configApi = 'apps/config-api/src';

/** Endpoints: who may see and change them, their secrets, what becomes of those that fail. */
export const configureBreakages: readonly Breakage[] = [
  {
    name: 'append-without-expectation',
    breaks: 'Nothing is appended to a history that was not read: changes at the same moment, and the limit of endpoints.',
    edits: [{ file: `${configApi}/endpoints/endpoint.store.ts`, text: '{ msgID: msgId, expect })', instead: '{ msgID: msgId })' }],
    tests: { file: 'apps/config-api/test/concurrency.int.spec.ts', names: ['holds when many are created at once', 'that ask for the same are made once'] },
  },
  {
    name: 'conflict-is-given-up',
    breaks: 'A change that collides with another one is decided again on what there is now, and not refused.',
    edits: [{ file: `${configApi}/endpoints/endpoint.store.ts`, text: 'const maxTries = 10;', instead: 'const maxTries = 1;' }],
    tests: { file: 'apps/config-api/test/concurrency.int.spec.ts', names: ['lets many be created at once below it', 'of different fields'] },
  },
  {
    name: 'endpoint-of-another-account',
    breaks: 'Another account\'s endpoint is not found.',
    edits: [{ file: `${configApi}/read-model/endpoint.reader.ts`, text: 'endpoint.accountId = :accountId AND ', instead: '' }],
    tests: { file: 'apps/config-api/test/crud.int.spec.ts', names: ['is nobody else\'s'] },
  },
  {
    name: 'scope-not-looked-at',
    breaks: 'A token that may read may not write.',
    edits: [{ file: 'libs/service/src/http/access.guard.ts', text: 'if (!scope || !scopesOf(claims).includes(scope))', instead: 'if (!scope || scopesOf(claims).length === 0)' }],
    tests: { file: 'apps/config-api/test/access.int.spec.ts', names: ['refuses the scope'] },
  },
  {
    name: 'secret-not-sealed',
    breaks: 'Secrets are encrypted wherever they are stored.',
    edits: [{ file: `${configApi}/endpoints/endpoint.service.ts`, text: 'seal(this.rules.keyRing, secret, address)', instead: 'secret' }],
    tests: { file: 'apps/config-api/test/secret.int.spec.ts', names: ['is shown once, and is nowhere else'] },
  },
  {
    name: 'secret-in-a-later-answer',
    breaks: 'The signing secret is shown once: no later answer has any of it, sealed or not.',
    edits: [{ file: `${configApi}/endpoints/endpoint.resource.ts`, text: 'health: healthResource(active, facts),', instead: 'health: healthResource(active, facts), ...{ sealedSecret: endpoint.sealedSecret },' }],
    tests: { file: 'apps/config-api/test/secret.int.spec.ts', names: ['is shown once, and is nowhere else'] },
  },
  {
    name: 'sealed-for-anybody',
    breaks: 'A sealed secret opens for its own account and endpoint alone.',
    edits: [{ file: 'libs/secrets/src/sealed-secret.ts', text: '[VERSION, kid, accountId, endpointId]', instead: '[VERSION, kid]' }],
    tests: { file: 'libs/secrets/src/sealed-secret.spec.ts' },
  },
  {
    name: 'guard-only-on-save',
    breaks: 'Requests go to public addresses only, also where a name leads elsewhere by the time of the connection.',
    edits: [
      { file: 'libs/egress-guard/src/egress.guard.ts', text: 'const refusal = addresses.map(', instead: 'const refusal = signal ? undefined : addresses.map(' },
      { file: 'libs/egress-guard/src/egress.guard.ts', text: 'return refusal && new EgressRefusedError(refusal);', instead: 'return undefined;' },
    ],
    tests: { file: 'libs/egress-guard/test/egress.int.spec.ts', names: ['against DNS rebinding'] },
  },
  {
    name: 'address-looked-up-twice',
    breaks: 'What was checked is what is dialled.',
    edits: [{ file: 'libs/egress-guard/src/egress.guard.ts', text: 'const found = addresses.slice(0, mostDialled)', instead: 'const found = (await this.#resolve(hostname)).slice(0, mostDialled)' },
      { file: 'libs/egress-guard/src/egress.guard.ts', text: '        (addresses) => {', instead: '        async (addresses) => {\n          void addresses;' }],
    tests: { file: 'libs/egress-guard/test/egress.int.spec.ts', names: ['dials the address that was checked'] },
  },
  {
    name: 'switched-off-again',
    breaks: 'An endpoint is switched off by the system on what is known of it as it is, and not after its admin has changed it.',
    edits: [{ file: `${configApi}/endpoints/endpoint-decider.ts`, text: 'state.endpoint.active && state.endpoint.version === version', instead: 'state.endpoint.active && state.endpoint.version >= version' }],
    tests: { file: 'apps/config-api/src/endpoints/endpoint-decider.spec.ts' },
  },
  {
    name: 'disabled-on-an-old-view',
    breaks: 'Nothing is decided on a view that lacks what happened last: a success may be among it.',
    edits: [{ file: `${configApi}/auto-disable/auto-disabler.service.ts`, text: 'AND ${viewReached(4)}', instead: 'AND $4::text IS NOT NULL' }],
    tests: { file: 'apps/config-api/test/auto-disable.int.spec.ts', names: ['switches nothing off'] },
  },
  {
    name: 'news-told-twice',
    breaks: 'Each piece of news is told once, however many replicas look.',
    edits: [{ file: `${configApi}/notify/notifier.service.ts`, text: 'expect: { lastSubjectSequence: last, lastSubjectSequenceSubject: account },', instead: '' }],
    tests: { file: 'apps/config-api/test/notifications.int.spec.ts', names: ['a process that stood still between looking and telling'] },
  },
];
