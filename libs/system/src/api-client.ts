import { eventually } from '@cepro/testkit';

/** An answer of the API. */
export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** An endpoint as the API shows it; `secret` only when it was created. */
export interface EndpointResource {
  readonly id: string;
  readonly url: string;
  readonly events: string[];
  readonly active: boolean;
  readonly secret?: string;
  readonly [field: string]: unknown;
}

/** What the log says of an attempt. */
interface LoggedAttempt {
  readonly attempt: number;
  readonly timestamp: string;
  readonly statusCode: number | null;
  readonly responseTimeMs: number;
  readonly outcome: 'Success' | 'Failed' | 'Retrying';
  readonly error: string | null;
  readonly nextAttemptAt: string | null;
}

/** An entry of the log. */
export interface LogEntry extends LoggedAttempt {
  readonly deliveryId: string;
  readonly event: string;
  readonly test: boolean;
}

/** An attempt in full. */
export interface AttemptResource extends LoggedAttempt {
  readonly url: string;
  readonly requestHeaders: Record<string, string>;
  readonly responseBody: string;
  readonly responseBodyEncoding: 'utf8' | 'base64';
  readonly responseTruncated: boolean;
}

/** A delivery with its attempts. */
export interface DeliveryResource {
  readonly id: string;
  readonly status: string;
  readonly test: boolean;
  readonly request: { readonly body: string };
  readonly attempts: AttemptResource[];
}

/** Calls the API as an account's admin does. */
export class ApiClient {
  constructor(
    readonly accountId: string,
    readonly token: string,
    private readonly urlOf: (path: string) => string,
    /** Told every answer's text, with the call that it answers. */
    private readonly heard: (answer: string, call: string) => void = () => undefined,
  ) {}

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<ApiAnswer<T>> {
    const response = await fetch(this.urlOf(path), {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    this.heard(text, `${method} ${path}`);
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T, headers: response.headers };
  }

  /** Registers an endpoint and returns it with its secret. */
  async anEndpoint(fields: { url: string; events?: string[]; active?: boolean; description?: string }): Promise<EndpointResource & { secret: string }> {
    const { status, body } = await this.call<EndpointResource & { secret: string }>('POST', '/v1/webhooks', { events: ['invoice.paid'], ...fields });
    if (status !== 201) throw new Error(`creating the endpoint answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** The newest entries of an endpoint's log. */
  async log(endpointId: string): Promise<LogEntry[]> {
    const { status, body } = await this.call<{ data: LogEntry[] }>('GET', `/v1/webhooks/${endpointId}/attempts?limit=100`);
    if (status !== 200) throw new Error(`reading the log answered ${status}: ${JSON.stringify(body)}`);
    return body.data;
  }

  /** Waits until an endpoint's log has so many entries, and returns them in the order in which they were made. */
  async logged(endpointId: string, count: number): Promise<LogEntry[]> {
    return await eventually(async () => {
      const entries = await this.log(endpointId);
      if (entries.length < count) throw new Error(`the log has ${entries.length} of ${count} entries`);
      return entries.reverse();
    });
  }

  /** Waits until a delivery is in that state, and returns it. */
  async deliveryOnce(id: string, status: string): Promise<DeliveryResource> {
    return await eventually(async () => {
      const delivery = await this.delivery(id);
      if (delivery.status !== status) throw new Error(`the delivery is ${delivery.status}, not ${status}`);
      return delivery;
    });
  }

  async delivery(id: string): Promise<DeliveryResource> {
    const { status, body } = await this.call<DeliveryResource>('GET', `/v1/deliveries/${id}`);
    if (status !== 200) throw new Error(`reading the delivery answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }
}
