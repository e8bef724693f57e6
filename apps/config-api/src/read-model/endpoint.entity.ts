import type { DisabledReason, EventType } from '@cepro/contracts';
import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { EndpointHealthRow } from './endpoint-health.entity.ts';

/**
 * An endpoint as the API shows it: never the secret, not even encrypted. Of a deleted one the row stays, with nothing in
 * it but whose it was and when it went, so that nothing that arrives late brings it back.
 */
@Entity({ name: 'endpoints' })
export class EndpointRow {
  @PrimaryColumn({ type: 'text' }) id: string;
  @Column({ type: 'text', name: 'account_id' }) accountId: string;
  @Column({ type: 'text', nullable: true }) url: string | null;
  @Column({ type: 'text', array: true, nullable: true }) events: EventType[] | null;
  @Column({ type: 'boolean', nullable: true }) active: boolean | null;
  @Column({ type: 'text', nullable: true }) description: string | null;
  @Column({ type: 'integer', name: 'rate_limit', nullable: true }) rateLimit: number | null;
  @Column({ type: 'text', name: 'disabled_reason', nullable: true }) disabledReason: DisabledReason | null;
  @Column({ type: 'timestamptz', name: 'disabled_at', nullable: true }) disabledAt: Date | null;
  @Column({ type: 'timestamptz', name: 'created_at', nullable: true }) createdAt: Date | null;
  @Column({ type: 'timestamptz', name: 'updated_at', nullable: true }) updatedAt: Date | null;
  /** The sequence in the configuration stream of its last change. */
  @Column({ type: 'bigint' }) version: string;
  @Column({ type: 'timestamptz', name: 'deleted_at', nullable: true }) deletedAt: Date | null;

  @OneToOne(() => EndpointHealthRow)
  @JoinColumn({ name: 'id', referencedColumnName: 'endpointId' })
  health?: Relation<EndpointHealthRow> | null;
}
