import { createContext, use } from 'react';
import { answerOf, type Api } from './client.ts';
import type { Connection } from './connection.ts';

export interface ApiAccess {
  readonly api: Api;
  readonly connection: Connection;
}

export const ApiContext = createContext<ApiAccess | null>(null);

/** The API, and `ask`, which gives a call's answer or throws its problem. */
export function useApi() {
  const access = use(ApiContext);
  if (!access) throw new Error('there is no ApiContext around this');
  const { api, connection } = access;
  return { api, connection, ask: <T>(call: Promise<{ data?: T; error?: unknown; response: Response }>) => answerOf(call, connection) };
}
