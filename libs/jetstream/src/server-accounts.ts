import {
  eventsService, foreignUsers, natsUsers, notificationsServices, notificationsUser, permissionsOf, publishingDomains, serviceUsers, type ForeignService,
} from './permissions.ts';

export interface ServerAccountsOptions {
  /** The public NKEY of each user. Those of domains may be left out: who has none can not connect. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** How many shards the deliveries have. */
  readonly shards: number;
  /** With one there is a user `development` besides, who may do everything in our account and shows this password. Not for production. */
  readonly developmentPassword?: string | undefined;
}

/** The accounts, as operators see them: ours, with the streams, and that of everybody else at CE Pro. */
export const natsAccounts = { own: 'WEBHOOKS', foreign: 'CEPRO' } as const;

/** Who develops against a server that knows users, where the server was given a password for it. */
export const natsDevelopmentUser = 'development';

/**
 * The part of a nats-server's configuration that says who may do what. Others reach into our account only by what is
 * exported here: the server then answers them in their own account, wherever they want the answer, and never in ours.
 * @throws RangeError for a key that belongs to nobody, and for one of our own that is missing.
 */
export function serverAccounts({ publicKeys, shards, developmentPassword }: ServerAccountsOptions): string {
  const unknown = Object.keys(publicKeys).filter((user) => !natsUsers.includes(user));
  const missing = serviceUsers.filter((user) => !publicKeys[user]);
  if (unknown.length > 0) throw new RangeError(`nobody is called ${unknown.join(', ')}`);
  if (missing.length > 0) throw new RangeError(`there is no public key of ${missing.join(', ')}`);
  const domains = publishingDomains.filter((user) => publicKeys[user]);
  const told = publicKeys[notificationsUser] !== undefined;
  const services = [...(domains.length > 0 ? [eventsService] : []), ...(told ? notificationsServices : [])];
  const usersOf = (users: readonly string[]) => users.filter((user) => publicKeys[user]).map((user) => userBlock(user, publicKeys[user]!, shards)).join('\n');
  return `accounts {
  ${natsAccounts.own} {
    jetstream: enabled
    users: [
${usersOf(serviceUsers)}${developmentPassword === undefined ? '' : developmentUser(developmentPassword)}
    ]
    exports: [
${services.map(exportOf).join('\n')}
    ]
  }
  ${natsAccounts.foreign} {
    users: [
${usersOf(foreignUsers)}
    ]
    imports: [
${services.map(importOf).join('\n')}
    ]
  }
}
`;
}

function exportOf({ subject, answersOften }: ForeignService): string {
  return `      { service: ${quoted(subject)}${answersOften ? ', response: stream' : ''}, accounts: [${natsAccounts.foreign}] }`;
}

function importOf({ subject, as }: ForeignService): string {
  return `      { service: { account: ${natsAccounts.own}, subject: ${quoted(subject)} }${as === subject ? '' : `, to: ${quoted(as)}`} }`;
}

function userBlock(user: string, publicKey: string, shards: number): string {
  const { publish, neverPublish, subscribe, answersWithinSeconds } = permissionsOf(user, { shards });
  const deny = neverPublish.length > 0 ? `\n            deny: ${list(neverPublish)}` : '';
  const answers = answersWithinSeconds === undefined ? '' : `\n          allow_responses: { max: 1, expires: "${answersWithinSeconds}s" }`;
  return `      # ${user}
      {
        nkey: ${publicKey}
        permissions: {
          publish: {
            allow: ${list(publish)}${deny}
          }
          subscribe: { allow: ${list(subscribe)} }${answers}
        }
      }`;
}

function developmentUser(password: string): string {
  return `
      # For development only: may do everything.
      { user: ${natsDevelopmentUser}, password: ${quoted(password)} }`;
}

function list(subjects: readonly string[]): string {
  if (subjects.length === 1) return `[${quoted(subjects[0]!)}]`;
  return `[\n${subjects.map((subject) => `              ${quoted(subject)}`).join('\n')}\n            ]`;
}

function quoted(subject: string): string {
  return JSON.stringify(subject);
}
