import type { ApiClient, EndpointResource, System } from '@cepro/system';
import type { ReceiverPath } from '@cepro/testkit';

/** An endpoint, whose it is, and where its requests arrive. */
export interface OwnEndpoint {
  readonly account: ApiClient;
  readonly endpoint: EndpointResource & { readonly secret: string };
  readonly path: ReceiverPath;
}

/** Registers an endpoint of an account at the receiver's path of the account's name, so that tests keep out of each other's way. */
export async function anEndpointOf(
  system: System, accountId: string, fields: { url?: string; events?: string[]; active?: boolean } = {},
): Promise<OwnEndpoint> {
  const account = await system.account(accountId);
  const path = system.receiver.at(`/${accountId}`);
  return { account, path, endpoint: await account.anEndpoint({ url: path.url, ...fields }) };
}
