import createClient, { type Client } from 'openapi-fetch';
import type { Connection } from './connection.ts';
import { AwayError, errorOf } from './problem.ts';
import type { components, paths } from './schema.ts';

export type Endpoint = components['schemas']['EndpointResource'];
export type CreatedEndpoint = components['schemas']['CreatedEndpointResource'];
export type EventType = components['schemas']['EventTypeResource'];
export type EventTypeName = components['schemas']['EventType'];
export type SendTestResult = components['schemas']['SendTestResource'];
export type LogEntry = components['schemas']['LogEntry'];
export type AttemptStats = components['schemas']['AttemptStats'];
export type Delivery = components['schemas']['DeliveryAnswer'];
export type DeliveryAttempt = components['schemas']['DeliveryAttempt'];
export type Outcome = LogEntry['outcome'];
export type EventEntry = components['schemas']['EventEntry'];
export type Event = components['schemas']['EventAnswer'];
export type EventVerdict = components['schemas']['EventVerdict'];
export type Explanation = components['schemas']['ExplanationResource'];
export type EventFault = NonNullable<EventEntry['fault']>;

export type Api = Client<paths>;

export interface ApiOptions {
  /** Where `/v1` is; empty for this origin. */
  readonly apiUrl: string;
  readonly getToken: () => string | Promise<string>;
  readonly connection: Connection;
}

/** The API, with the host page's token. The token is asked for once, and again when the API does not take it any more. */
export function createApi({ apiUrl, getToken, connection }: ApiOptions): Api {
  let token: Promise<string> | undefined;
  const send = async (request: Request) => {
    token ??= Promise.resolve(getToken());
    // A host page that could not tell its token is asked anew the next time.
    token.catch(() => { token = undefined; });
    const used = token;
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${await used}`);
    return { used, answer: await fetch(new Request(request, { headers })) };
  };
  const sendAgainWithNewToken = async (request: Request) => {
    const { used, answer } = await send(request.clone());
    if (answer.status !== 401) return answer;
    // Of several calls that are refused together, the first one asks.
    if (token === used) token = undefined;
    return (await send(request)).answer;
  };
  return createClient<paths>({
    baseUrl: apiUrl,
    fetch: async (request) => {
      try {
        return await sendAgainWithNewToken(request);
      } catch (error) {
        if (request.signal.aborted) throw error;
        connection.report(true);
        throw new AwayError('There was no answer.', { cause: error });
      }
    },
  });
}

/** What a call answered. @throws ApiError or AwayError */
export async function answerOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>, connection: Connection): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) {
    connection.report(false);
    return data as T;
  }
  const fault = errorOf(response.status, error);
  connection.report(fault instanceof AwayError);
  throw fault;
}
