import { natsUsers, serverAccounts } from '@cepro/jetstream';
import type { NatsOptions } from '@cepro/testkit';
import { nkeys } from '@nats-io/transport-node';

/** A NATS server that lets every user do what it needs and nothing else; whoever shows no key is the test, who may do everything. */
export interface PermittedNats {
  /** For the server, beside other options. */
  readonly options: NatsOptions;
  readonly publicKeys: Readonly<Record<string, string>>;
  /** The variables by which a process connects as a user. */
  envOf(user: string): Record<string, string>;
}

/** Makes keys for all users. */
export function permittedNats({ shards }: { readonly shards: number }): PermittedNats {
  const pairs = new Map(natsUsers.map((user) => [user, nkeys.createUser()]));
  const publicKeys = Object.fromEntries([...pairs].map(([user, pair]) => [user, pair.getPublicKey()]));
  const accounts = serverAccounts({ publicKeys, shards }).replace('users: [', 'users: [\n      { user: test, password: test }');
  return {
    options: { config: `${accounts}no_auth_user: test\n` },
    publicKeys,
    envOf: (user) => ({ NATS_NKEY_SEED: new TextDecoder().decode(pairs.get(user)!.getSeed()) }),
  };
}
