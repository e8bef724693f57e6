import type { NatsOptions } from '@cepro/jetstream';
import type { Logger } from './logger.ts';
import type { Tracer } from './trace/tracer.ts';

/** Under which Nest provides the {@link ServiceSettings}. */
export const SERVICE = Symbol('service');

/** What the shell of every service needs to know. */
export interface ServiceSettings {
  readonly name: string;
  readonly nats: NatsOptions;
  readonly managementHost: string;
  readonly managementPort: number;
  readonly logger: Logger;
  /** Left out where nobody wants to hear of traces. */
  readonly tracer?: Tracer | undefined;
}
