// Made by "npm run generate-api-types" from what the services say of themselves at /openapi.json. Not to be changed by hand.

export interface paths {
    "/v1/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The events that an endpoint can subscribe to
         * @description Scope `webhooks:read`.
         */
        get: operations["listEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account's endpoints, in the order of their creation
         * @description Scope `webhooks:read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Add an endpoint
         * @description The answer holds the signing secret, which is never shown again. Scope `webhooks:write`.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One endpoint, with its health
         * @description Scope `webhooks:read`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete an endpoint with all its delivery history
         * @description For good. Scope `webhooks:write`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change an endpoint, or switch it on or off
         * @description What is left out stays as it is. Scope `webhooks:write`.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the test payload to the endpoint now, and tell what came of it
         * @description Also for an endpoint that is switched off. Without a body it sends CE Pro's sample `estimate.created`. Scope `webhooks:write`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Would the endpoint get such an event, and what would be sent
         * @description Sends nothing and changes nothing. Scope `webhooks:read`.
         */
        post: operations["explainEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log of an endpoint: one entry for each attempt, newest first */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/attempts/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the attempts of the last 24 hours went, hour by hour, without Send Tests */
        get: operations["getAttemptStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A delivery: its request, and every attempt with the answer */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's events and what became of each, newest first */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An event: what was sent, and for each endpoint why it got it or did not */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a failed or cancelled delivery again at once: the same X-Webhook-ID, one more attempt */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        FieldFaultDto: {
            /** @example events[0] */
            field: string;
            message: string;
            detail?: string;
        };
        Problem: {
            /** @example urn:cepro:webhooks:problem:validation-failed */
            type: string;
            title: string;
            /** @example 422 */
            status: number;
            /** @enum {string} */
            code: "malformed-json" | "malformed-request" | "unauthenticated" | "insufficient-scope" | "not-found" | "endpoint-not-found" | "delivery-not-found" | "event-not-found" | "delivery-not-failed" | "endpoint-disabled" | "endpoint-conflict" | "endpoint-limit-reached" | "body-too-large" | "unsupported-media-type" | "validation-failed" | "internal" | "unavailable" | "test-unavailable";
            detail?: string;
            errors?: components["schemas"]["FieldFaultDto"][];
        };
        /** @enum {string} */
        EventType: "lead.created" | "lead.status_changed" | "estimate.created" | "estimate.accepted" | "job.created" | "job.completed" | "invoice.created" | "invoice.paid" | "proposal_created" | "proposal_sent" | "proposal_accepted" | "proposal_declined" | "estimate_created" | "job_completed" | "bug_report_created";
        EventTypeResource: {
            name: components["schemas"]["EventType"];
            description: string;
            /** @example Estimates */
            group: string;
            /** @description A name of its own for older integrations, not an alias. */
            legacy: boolean;
            /** @description A whole body as a receiver gets it. */
            example: {
                [key: string]: unknown;
            };
            /** @description JSON Schema (draft 2020-12) of `data`. */
            schema: {
                [key: string]: unknown;
            };
        };
        EventTypeList: {
            data: components["schemas"]["EventTypeResource"][];
        };
        CreateEndpointBody: {
            /** @description Whether deliveries are made. A new endpoint is active unless this says otherwise. */
            active?: boolean;
            /**
             * @description What the endpoint is for. No control characters. `null` for none.
             * @example Our CRM
             */
            description?: string | null;
            /**
             * @description The most requests in a second, over all workers. What is more waits, and does not fail. `null`, as if left out: as many as the receiver takes.
             * @example 25
             */
            rateLimit?: number | null;
            /**
             * Format: uri
             * @description An external HTTPS address, without user name and password. It is stored in its usual spelling.
             * @example https://hooks.example.com/ce-pro
             */
            url: string;
            /**
             * @example [
             *       "estimate.accepted",
             *       "invoice.paid"
             *     ]
             */
            events: components["schemas"]["EventType"][];
        };
        ChangeEndpointBody: {
            /** @description Whether deliveries are made. A new endpoint is active unless this says otherwise. */
            active?: boolean;
            /**
             * @description What the endpoint is for. No control characters. `null` for none.
             * @example Our CRM
             */
            description?: string | null;
            /**
             * @description The most requests in a second, over all workers. What is more waits, and does not fail. `null`, as if left out: as many as the receiver takes.
             * @example 25
             */
            rateLimit?: number | null;
            /**
             * Format: uri
             * @description An external HTTPS address, without user name and password. It is stored in its usual spelling.
             * @example https://hooks.example.com/ce-pro
             */
            url?: string;
            /**
             * @example [
             *       "estimate.accepted",
             *       "invoice.paid"
             *     ]
             */
            events?: components["schemas"]["EventType"][];
        };
        /**
         * @description `unused`: nothing was attempted yet; `healthy`, `failing`: how the last attempt went; `disabled`: switched off; `unknown`: can not be told at the moment (only in the answer to a change).
         * @enum {string}
         */
        HealthState: "unused" | "healthy" | "failing" | "disabled" | "unknown";
        HealthResource: {
            /** @description `unused`: nothing was attempted yet; `healthy`, `failing`: how the last attempt went; `disabled`: switched off; `unknown`: can not be told at the moment (only in the answer to a change). */
            state: components["schemas"]["HealthState"];
            lastSuccessAt: string | null;
            lastFailureAt: string | null;
            /** @description When the first of the failures began that no success has followed. */
            failingSince: string | null;
        };
        CreatedEndpointResource: {
            /** @example wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 */
            id: string;
            /**
             * Format: uri
             * @example https://hooks.example.com/ce-pro
             */
            url: string;
            events: components["schemas"]["EventType"][];
            active: boolean;
            description: string | null;
            /** @description The most requests in a second; `null` for no such limit. */
            rateLimit: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Why it is off: `user`, its admin switched it off; `failing`, no success for too long; `gone`, the receiver kept answering 410. */
            disabledReason: ("user" | "failing" | "gone") | null;
            disabledAt: string | null;
            health: components["schemas"]["HealthResource"];
            /**
             * @description The key that signs every request. It is shown here, once, and never again.
             * @example whsec_…
             */
            secret: string;
        };
        EndpointResource: {
            /** @example wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071 */
            id: string;
            /**
             * Format: uri
             * @example https://hooks.example.com/ce-pro
             */
            url: string;
            events: components["schemas"]["EventType"][];
            active: boolean;
            description: string | null;
            /** @description The most requests in a second; `null` for no such limit. */
            rateLimit: number | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Why it is off: `user`, its admin switched it off; `failing`, no success for too long; `gone`, the receiver kept answering 410. */
            disabledReason: ("user" | "failing" | "gone") | null;
            disabledAt: string | null;
            health: components["schemas"]["HealthResource"];
        };
        EndpointPageResource: {
            data: components["schemas"]["EndpointResource"][];
            /** @description `null` on the last page. */
            nextCursor: string | null;
        };
        SendTestBody: {
            /**
             * @description The type of the test event, whether or not the endpoint subscribes to it. Every type but the default has its example as payload, marked as a test.
             * @default estimate.created
             */
            eventType: components["schemas"]["EventType"];
        };
        SendTestResource: {
            /** @description The receiver answered with a status from 200 to 299 in time. */
            success: boolean;
            /** @example 204 */
            statusCode: number | null;
            responseBody: string | null;
            /** @example 132 */
            responseTimeMs: number;
            /**
             * @description `null` on success.
             * @example null
             */
            error: string | null;
        };
        ExampleEventBody: {
            /** @description The type of the event. */
            type: components["schemas"]["EventType"];
            /**
             * Format: date-time
             * @description When it occurred: ISO 8601 with an offset or Z. Now, if it is left out.
             */
            timestamp?: string;
            /** @description What receivers get under `data`. Its numbers stay as they are written. */
            data: {
                [key: string]: unknown;
            };
        };
        ExampleRequestResource: {
            /** @enum {string} */
            method: "POST";
            /**
             * Format: uri
             * @example https://hooks.example.com/ce-pro
             */
            url: string;
            /** @description Those of a first attempt. Signatures, the delivery's id and the time of the attempt are named in angle brackets: only a real attempt has them. */
            headers: {
                [key: string]: string;
            };
            /** @description The exact body. */
            body: string;
        };
        ExplanationResource: {
            /**
             * @description `scheduled`: it would be delivered. One that is off and not subscribed is `not-subscribed`. `unusable`: no endpoint would get it, for the fault named.
             * @enum {string}
             */
            verdict: "scheduled" | "not-subscribed" | "inactive" | "disabled-by-system" | "unusable";
            /** @description `inactive`, `disabled-by-system`: since when the endpoint is off. */
            since: string | null;
            /** @description Why the system has switched it off, if it has. */
            disabledReason: ("failing" | "gone") | null;
            /**
             * @description Why it is unusable, as a stable code: `too-large`.
             * @example null
             */
            fault: string | null;
            /** @description What would be sent, also if it is not to be delivered; `null` only if it is unusable. */
            request: components["schemas"]["ExampleRequestResource"] | null;
        };
        LogEntry: {
            /** @description Counts from 1; the same number as in the header X-Webhook-Attempt. */
            attempt: number;
            /**
             * Format: date-time
             * @description When the attempt began.
             * @example 2026-03-08T14:30:00.000Z
             */
            timestamp: string;
            /**
             * @description The status of the receiver's answer.
             * @example 503
             */
            statusCode: number | null;
            /** @example 182 */
            responseTimeMs: number;
            /**
             * @description Retrying: it failed, and another attempt has a due time.
             * @enum {string}
             */
            outcome: "Success" | "Failed" | "Retrying";
            /**
             * @description Why there was no complete answer, as a stable code.
             * @enum {string|null}
             */
            error: "url-not-external" | "dns-failed" | "connection-refused" | "connection-failed" | "tls-failed" | "timeout" | "protocol-error" | null;
            /**
             * Format: date-time
             * @description When the next attempt is due, if the outcome is Retrying.
             * @example 2026-03-08T14:30:00.000Z
             */
            nextAttemptAt: string | null;
            /**
             * @description The delivery: the same for all of its attempts, and in the header X-Webhook-ID.
             * @example dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f
             */
            deliveryId: string;
            /**
             * @description The event; null for a Send Test.
             * @example evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10
             */
            eventId: string | null;
            event: components["schemas"]["EventType"];
            /** @description True for a Send Test. */
            test: boolean;
        };
        LogPage: {
            data: components["schemas"]["LogEntry"][];
            /** @description Where the next page begins; null on the last one. */
            nextCursor: string | null;
        };
        HourAnswer: {
            /**
             * Format: date-time
             * @description When the hour begins.
             * @example 2026-03-08T14:00:00.000Z
             */
            hour: string;
            success: number;
            /** @description Failed, with another attempt to come. */
            retrying: number;
            /** @description Failed for good. */
            failed: number;
        };
        AttemptStats: {
            /** @description 24 hours of UTC, the oldest first, the current one last. */
            hours: components["schemas"]["HourAnswer"][];
        };
        DeliveryRequestAnswer: {
            /** @description The exact body. */
            body: string;
        };
        DeliveryAttempt: {
            /** @description Counts from 1; the same number as in the header X-Webhook-Attempt. */
            attempt: number;
            /**
             * Format: date-time
             * @description When the attempt began.
             * @example 2026-03-08T14:30:00.000Z
             */
            timestamp: string;
            /**
             * @description The status of the receiver's answer.
             * @example 503
             */
            statusCode: number | null;
            /** @example 182 */
            responseTimeMs: number;
            /**
             * @description Retrying: it failed, and another attempt has a due time.
             * @enum {string}
             */
            outcome: "Success" | "Failed" | "Retrying";
            /**
             * @description Why there was no complete answer, as a stable code.
             * @enum {string|null}
             */
            error: "url-not-external" | "dns-failed" | "connection-refused" | "connection-failed" | "tls-failed" | "timeout" | "protocol-error" | null;
            /**
             * Format: date-time
             * @description When the next attempt is due, if the outcome is Retrying.
             * @example 2026-03-08T14:30:00.000Z
             */
            nextAttemptAt: string | null;
            /** @description Where it went. */
            url: string;
            /** @description As sent, the signatures too. */
            requestHeaders: {
                [key: string]: string;
            };
            /** @description The receiver's answer, at most 16 KiB of it. */
            responseBody: string;
            /**
             * @description base64: the answer was not UTF-8.
             * @enum {string}
             */
            responseBodyEncoding: "utf8" | "base64";
            /** @description True if the answer was longer than what is kept. */
            responseTruncated: boolean;
        };
        DeliveryAnswer: {
            /** @example dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f */
            id: string;
            /** @example wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f */
            endpointId: string;
            /** @description The event; null for a Send Test. */
            eventId: string | null;
            event: components["schemas"]["EventType"];
            /** @enum {string} */
            status: "pending" | "succeeded" | "failed" | "cancelled";
            /** @description True for a Send Test. */
            test: boolean;
            /**
             * Format: date-time
             * @description When its event was stored.
             * @example 2026-03-08T14:30:00.000Z
             */
            createdAt: string;
            /**
             * @description Why it was cancelled, if it was.
             * @enum {string|null}
             */
            cancelReason: "endpoint-disabled" | null;
            /**
             * Format: date-time
             * @description When the next attempt is due, if one is waited for.
             * @example 2026-03-08T14:30:00.000Z
             */
            nextAttemptAt: string | null;
            request: components["schemas"]["DeliveryRequestAnswer"];
            /** @description In order. */
            attempts: components["schemas"]["DeliveryAttempt"][];
        };
        EventEntry: {
            /** @example evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10 */
            id: string;
            /**
             * @description Null: it was published under a type that the catalogue does not have, or not yet.
             * @enum {string|null}
             */
            type: "lead.created" | "lead.status_changed" | "estimate.created" | "estimate.accepted" | "job.created" | "job.completed" | "invoice.created" | "invoice.paid" | "proposal_created" | "proposal_sent" | "proposal_accepted" | "proposal_declined" | "estimate_created" | "job_completed" | "bug_report_created" | null;
            /**
             * Format: date-time
             * @description When it was stored.
             * @example 2026-03-08T14:30:00.000Z
             */
            receivedAt: string;
            /**
             * @description waiting: not routed yet. unusable: put aside, for the fault named.
             * @enum {string}
             */
            status: "waiting" | "routed" | "unusable";
            /**
             * @description For how many endpoints a delivery was scheduled; null while it is waiting. In the list it is what the router noted; an event by itself counts those of a router that was interrupted, too.
             * @example 2
             */
            deliveries: number | null;
            /**
             * @description Why it is unusable, as a stable code. Further codes may come.
             * @enum {string|null}
             */
            fault: "bad-subject" | "bad-account" | "unknown-type" | "too-large" | "not-utf8" | "not-json" | "not-an-object" | "bad-timestamp" | "no-data" | null;
        };
        EventPage: {
            data: components["schemas"]["EventEntry"][];
            /** @description Where the next page begins; null on the last one. */
            nextCursor: string | null;
        };
        EventVerdict: {
            /** @example wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f */
            endpointId: string;
            /** @description Where it was when the event was routed, or where it is if it was created later; null if it is deleted. */
            url: string | null;
            /**
             * @description As of when the event was routed. One that was off and not subscribed is not-subscribed; one that is deleted by now is deleted, whatever it was.
             * @enum {string}
             */
            verdict: "scheduled" | "not-subscribed" | "inactive" | "disabled-by-system" | "created-later" | "deleted";
            /**
             * Format: date-time
             * @description inactive, disabled-by-system: since when it was off. created-later, deleted: when that was.
             * @example 2026-03-08T14:30:00.000Z
             */
            since: string | null;
            /**
             * @description Why the system had switched it off, if it had.
             * @enum {string|null}
             */
            disabledReason: "failing" | "gone" | null;
            /**
             * @description The delivery, if one was scheduled.
             * @example dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f
             */
            deliveryId: string | null;
            /**
             * @description How the delivery is doing; null as long as the log does not have it.
             * @enum {string|null}
             */
            deliveryStatus: "pending" | "succeeded" | "failed" | "cancelled" | null;
        };
        EventAnswer: {
            /** @example evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10 */
            id: string;
            /**
             * @description Null: it was published under a type that the catalogue does not have, or not yet.
             * @enum {string|null}
             */
            type: "lead.created" | "lead.status_changed" | "estimate.created" | "estimate.accepted" | "job.created" | "job.completed" | "invoice.created" | "invoice.paid" | "proposal_created" | "proposal_sent" | "proposal_accepted" | "proposal_declined" | "estimate_created" | "job_completed" | "bug_report_created" | null;
            /**
             * Format: date-time
             * @description When it was stored.
             * @example 2026-03-08T14:30:00.000Z
             */
            receivedAt: string;
            /**
             * @description waiting: not routed yet. unusable: put aside, for the fault named.
             * @enum {string}
             */
            status: "waiting" | "routed" | "unusable";
            /**
             * @description For how many endpoints a delivery was scheduled; null while it is waiting. In the list it is what the router noted; an event by itself counts those of a router that was interrupted, too.
             * @example 2
             */
            deliveries: number | null;
            /**
             * @description Why it is unusable, as a stable code. Further codes may come.
             * @enum {string|null}
             */
            fault: "bad-subject" | "bad-account" | "unknown-type" | "too-large" | "not-utf8" | "not-json" | "not-an-object" | "bad-timestamp" | "no-data" | null;
            /** @description The version of the configuration by which it was routed; null while it is waiting. */
            configVersion: number | null;
            /** @description The exact body that receivers get. Null if it is unusable, or so old that it is not kept any more. */
            payload: string | null;
            /** @description Every endpoint of the account, in the order in which they were created, but for those that were deleted before it was routed; none while the event is waiting, if it is unusable, or if its type is null. */
            endpoints: components["schemas"]["EventVerdict"][];
        };
        RetryAnswer: {
            /** @example dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f */
            deliveryId: string;
            /**
             * @description The number that the attempt will have.
             * @example 5
             */
            attempt: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listEventTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every event type, in the order of the page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventTypeList"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointPageResource"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEndpointBody"];
            };
        };
        responses: {
            /** @description The endpoint, with its secret. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEndpointResource"];
                };
            };
            /** @description `malformed-json`: The body is not valid JSON. `malformed-request`: The request can not be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-limit-reached`: The account has as many endpoints as it may have. `endpoint-conflict`: The endpoint kept changing; read it again and retry. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`: The body is larger than allowed. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`: The body must be application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The endpoint. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointResource"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-conflict`: The endpoint kept changing; read it again and retry. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeEndpointBody"];
            };
        };
        responses: {
            /** @description The endpoint as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointResource"];
                };
            };
            /** @description `malformed-json`: The body is not valid JSON. `malformed-request`: The request can not be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-conflict`: The endpoint kept changing; read it again and retry. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`: The body is larger than allowed. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`: The body must be application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SendTestBody"];
            };
        };
        responses: {
            /** @description What came of it, also if the receiver failed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SendTestResource"];
                };
            };
            /** @description `malformed-json`: The body is not valid JSON. `malformed-request`: The request can not be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`: The body is larger than allowed. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`: The body must be application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `test-unavailable`: Webhook test failed. `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExampleEventBody"];
            };
        };
        responses: {
            /** @description The verdict by the endpoint as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationResource"];
                };
            };
            /** @description `malformed-json`: The body is not valid JSON. `malformed-request`: The request can not be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body-too-large`: The body is larger than allowed. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported-media-type`: The body must be application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAttempts: {
        parameters: {
            query?: {
                /** @description How many entries a page may hold. */
                limit?: number;
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only attempts with this outcome. */
                outcome?: "Success" | "Failed" | "Retrying";
                /** @description Only attempts of deliveries of this event type. */
                event?: "lead.created" | "lead.status_changed" | "estimate.created" | "estimate.accepted" | "job.created" | "job.completed" | "invoice.created" | "invoice.paid" | "proposal_created" | "proposal_sent" | "proposal_accepted" | "proposal_declined" | "estimate_created" | "job_completed" | "bug_report_created";
                /** @description Only attempts made at this time or later: ISO 8601 with an offset or Z. */
                from?: string;
                /** @description Only attempts made before this time: ISO 8601 with an offset or Z. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAttemptStats: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttemptStats"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `endpoint-not-found`: Webhook config not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryAnswer"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `delivery-not-found`: Delivery not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description How many entries a page may hold. */
                limit?: number;
                /** @description The `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only events of this type. */
                type?: "lead.created" | "lead.status_changed" | "estimate.created" | "estimate.accepted" | "job.created" | "job.completed" | "invoice.created" | "invoice.paid" | "proposal_created" | "proposal_sent" | "proposal_accepted" | "proposal_declined" | "estimate_created" | "job_completed" | "bug_report_created";
                /** @description Only events received at this time or later: ISO 8601 with an offset or Z. */
                from?: string;
                /** @description Only events received before this time: ISO 8601 with an offset or Z. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation-failed`: Some fields are not valid. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The event's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventAnswer"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `event-not-found`: Event not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The delivery's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetryAnswer"];
                };
            };
            /** @description `unauthenticated`: A valid bearer token is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `insufficient-scope`: The token lacks the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `delivery-not-found`: Delivery not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `delivery-not-failed`: Only a delivery that has failed or was cancelled can be retried. `endpoint-disabled`: The endpoint is disabled; enable it first. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: A service that this call needs is away; try again shortly. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
