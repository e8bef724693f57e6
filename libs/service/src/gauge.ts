import { Gauge, register, type GaugeConfiguration } from 'prom-client';

/**
 * A gauge of an application, such as one that `collect` sets whenever metrics are asked for. The registry belongs to the process,
 * which in a test may hold several applications: the last one counts.
 */
export function gaugeOf<T extends string>(configuration: GaugeConfiguration<T>): Gauge<T> {
  register.removeSingleMetric(configuration.name);
  return new Gauge(configuration);
}
