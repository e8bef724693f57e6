import { headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';

/** NATS headers from plain ones, `undefined` if there are none. */
export function toHeaders(plain: Readonly<Record<string, string>> | undefined): MsgHdrs | undefined {
  if (!plain) return undefined;
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(plain)) headers.set(name, value);
  return headers;
}
