import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import { DeliveriesProjection } from './deliveries.projection.ts';
import { EndpointsProjection } from './endpoints.projection.ts';

export interface ProjectionOptions {
  readonly retentionDays: number;
  readonly logger: Logger;
  /** Told of an endpoint to erase, and what will be projected to where once the database knows of it. */
  readonly onErasureDue: (projection: 'endpoints' | 'deliveries', sequence: number) => void;
}

/** The log's projections, in the order in which a rebuild runs them: facts of deleted endpoints must be known for such. */
export function logProjections({ retentionDays, logger, onErasureDue }: ProjectionOptions): readonly [endpoints: Projection, deliveries: Projection] {
  return [
    new EndpointsProjection(logger, (sequence) => onErasureDue('endpoints', sequence)),
    new DeliveriesProjection(retentionDays, logger, (sequence) => onErasureDue('deliveries', sequence)),
  ];
}
