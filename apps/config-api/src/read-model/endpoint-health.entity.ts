import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How an endpoint's deliveries have gone. An endpoint to which none was attempted has no row. */
@Entity({ name: 'endpoint_health' })
export class EndpointHealthRow {
  @PrimaryColumn({ type: 'text', name: 'endpoint_id' }) endpointId: string;
  @Column({ type: 'timestamptz', name: 'last_success_at', nullable: true }) lastSuccessAt: Date | null;
  @Column({ type: 'timestamptz', name: 'last_failure_at', nullable: true }) lastFailureAt: Date | null;
  /** When the first of the failures began that no success has followed. */
  @Column({ type: 'timestamptz', name: 'failing_since', nullable: true }) failingSince: Date | null;
  /** How many deliveries have failed for good since the last success. */
  @Column({ type: 'integer', name: 'failed_deliveries' }) failedDeliveries: number;
}
