export { EventNotPublishedError, InvalidEventError } from './errors.ts';
export type { WebhookEvent } from './event-message.ts';
export { WebhooksPublisher, type PublishOptions, type Published, type PublisherOptions } from './publisher.ts';
export type { EventData, EventType } from '@cepro/contracts';
