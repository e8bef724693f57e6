import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { deliveryHealth } from './delivery-health.ts';
import { pipeline } from './pipeline.ts';
import { service } from './service.ts';

/** The dashboards, by the names of their files. */
export const dashboards: Readonly<Record<string, Dashboard>> = { 'delivery-health': deliveryHealth, pipeline, service };
