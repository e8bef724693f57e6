import { variable, type readEnvironment } from '../environment.ts';

const samplers = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const;
export type SamplerName = (typeof samplers)[number];

/**
 * What a service reads that can tell of traces: OpenTelemetry's own variables, as its specification has them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables). Nothing is told without an endpoint.
 */
export const traceVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: variable.optional(variable.url({ schemes: ['http:', 'https:'] })),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable.optional(variable.url({ schemes: ['http:', 'https:'] })),
  OTEL_EXPORTER_OTLP_HEADERS: variable.optional(variable.parsed(pairs, { what: 'name=value pairs' })),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable.oneOf(['http/protobuf'], 'http/protobuf'),
  OTEL_TRACES_SAMPLER: variable.oneOf(samplers, 'parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: variable.optional(variable.parsed(ratio, { what: 'a ratio' })),
  OTEL_SERVICE_NAME: variable.optional(variable.text({ what: 'a name' })),
  OTEL_RESOURCE_ATTRIBUTES: variable.optional(variable.parsed(pairs, { what: 'name=value pairs' })),
} as const;

export type TraceVariables = ReturnType<typeof readEnvironment<typeof traceVariables>>;

/** To where traces are told, what of them, and as whom. */
export interface TraceSettings {
  readonly serviceName: string;
  readonly url: string;
  /** May hold a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** Of the traces that begin here, where the sampler takes a part of them. */
  readonly ratio: number;
  readonly resource: Readonly<Record<string, string>>;
}

/** What the variables come to for a service; `undefined` if no traces are wanted. */
export function traceSettings(service: string, variables: Partial<TraceVariables>): TraceSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = variables;
  const url = own ?? (base && `${base.replace(/\/$/, '')}/v1/traces`);
  if (url === undefined) return undefined;
  const resource = variables.OTEL_RESOURCE_ATTRIBUTES ?? {};
  return {
    serviceName: variables.OTEL_SERVICE_NAME ?? resource['service.name'] ?? service,
    url,
    headers: variables.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    sampler: variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: variables.OTEL_TRACES_SAMPLER_ARG ?? 1,
    resource,
  };
}

/** `name=value,name=value`, with values as in a URL. What it throws does not repeat them: there may be a token among them. */
function pairs(text: string): Record<string, string> {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return Object.fromEntries(parts.map((part) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([\x20-\x7e]*)$/.exec(part) ?? [];
    const decoded = value === undefined ? undefined : decode(value);
    if (name === undefined || decoded === undefined) {
      throw new Error('must be name=value pairs separated by commas, in printable ASCII, with what is special in a value written as in a URL (%20)');
    }
    return [name, decoded];
  }));
}

/** `undefined` for what no header could hold. */
function decode(value: string): string | undefined {
  try {
    const decoded = decodeURIComponent(value);
    return /^[\x20-\x7e]*$/.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function ratio(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new Error(`must be a number from 0 to 1, such as 0.05; it is "${text}"`);
}
