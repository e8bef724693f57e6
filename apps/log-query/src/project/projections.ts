import type { Projection } from '@cepro/projection';
import type { Logger, Tracer } from '@cepro/service';
import { DeliveriesProjection } from './deliveries.projection.ts';
import { EndpointsProjection } from './endpoints.projection.ts';
import { EventsProjection, RoutingsProjection } from './events.projection.ts';

export interface ProjectionOptions {
  readonly retentionDays: number;
  readonly logger: Logger;
  /** The first event of which the stream of routings tells. */
  readonly firstRouted: Promise<number>;
  /** Told of an endpoint to erase, and what will be projected to where once the database knows of it. */
  readonly onErasureDue: (projection: 'endpoints' | 'deliveries', sequence: number) => void;
  /** Told of the attempts that are stored, if anybody wants to hear. */
  readonly tracer?: Tracer | undefined;
}

type LogProjections = readonly [endpoints: Projection, deliveries: Projection, events: Projection, routings: Projection];

/** The log's projections, in the order in which a rebuild runs them: facts of deleted endpoints must be known for such. */
export function logProjections({ retentionDays, logger, firstRouted, onErasureDue, tracer }: ProjectionOptions): LogProjections {
  return [
    new EndpointsProjection(logger, (sequence) => onErasureDue('endpoints', sequence)),
    new DeliveriesProjection(retentionDays, logger, (sequence) => onErasureDue('deliveries', sequence), tracer),
    new EventsProjection(retentionDays, firstRouted),
    new RoutingsProjection(retentionDays, logger),
  ];
}
