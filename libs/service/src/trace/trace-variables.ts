import { variable, type readEnvironment } from '../environment.ts';

const protocols = ['http/protobuf'] as const;
const samplers = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const;
export type SamplerName = (typeof samplers)[number];

/**
 * What a service reads that can tell of traces: OpenTelemetry's own variables, as its specification has them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables). Nothing is told without an endpoint.
 */
export const traceVariables = {
  OTEL_SDK_DISABLED: variable.parsed(trueOrFalse, { what: 'true or false', fallback: 'false' }),
  OTEL_TRACES_EXPORTER: variable.oneOf(['otlp', 'none'], 'otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable.optional(variable.url({ schemes: ['http:', 'https:'] })),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable.optional(variable.url({ schemes: ['http:', 'https:'] })),
  OTEL_EXPORTER_OTLP_HEADERS: variable.optional(variable.parsed(headers, { what: 'name=value pairs' })),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable.optional(variable.parsed(headers, { what: 'name=value pairs' })),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable.oneOf(protocols, 'http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: variable.oneOf(protocols, 'http/protobuf'),
  OTEL_TRACES_SAMPLER: variable.oneOf(samplers, 'parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: variable.optional(variable.parsed(ratio, { what: 'a ratio' })),
  OTEL_SERVICE_NAME: variable.optional(variable.text({ what: 'a name' })),
  OTEL_RESOURCE_ATTRIBUTES: variable.optional(variable.parsed(attributes, { what: 'name=value pairs' })),
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

/**
 * The environment without what it says of traces where none are wanted, and without the general protocol where traces have one
 * of their own. It may stand there for other programs, and what nobody heeds must stop nobody's start.
 */
export function heededOfTraces(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isEndpoint = Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);
  const isWanted = isEndpoint && env['OTEL_TRACES_EXPORTER'] !== 'none' && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true';
  const unheeded = isWanted ? (env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ? ['OTEL_EXPORTER_OTLP_PROTOCOL'] : []) : Object.keys(traceVariables);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !unheeded.includes(name)));
}

/** What the variables come to for a service; `undefined` if no traces are wanted. */
export function traceSettings(service: string, variables: Partial<TraceVariables>): TraceSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = variables;
  const url = own ?? (base && below(base));
  if (url === undefined || variables.OTEL_SDK_DISABLED || variables.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const resource = variables.OTEL_RESOURCE_ATTRIBUTES ?? {};
  return {
    serviceName: variables.OTEL_SERVICE_NAME ?? resource['service.name'] ?? service,
    url,
    headers: { ...variables.OTEL_EXPORTER_OTLP_HEADERS, ...variables.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    sampler: variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: variables.OTEL_TRACES_SAMPLER_ARG ?? 1,
    resource,
  };
}

/** Where traces go of what all signals have. What is asked for besides, such as a key, stays. */
function below(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

/** What a header can hold. What it throws does not repeat it: there may be a token among them. */
function headers(text: string): Record<string, string> {
  return pairs(text, { name: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, value: /^[\x20-\x7e]*$/, of: 'printable ASCII' });
}

function attributes(text: string): Record<string, string> {
  return pairs(text, { name: /^\P{C}+$/u, value: /^\P{C}*$/u, of: 'printable characters' });
}

/** `name=value,name=value`, with what is special as in a URL. */
function pairs(text: string, { name, value, of }: { name: RegExp; value: RegExp; of: string }): Record<string, string> {
  const parts = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  return Object.fromEntries(parts.map((part) => {
    const [key, held] = /^([^=]+)=(.*)$/s.exec(part)?.slice(1).map((each) => decode(each.trim())) ?? [];
    if (key === undefined || held === undefined || !name.test(key) || !value.test(held)) {
      throw new Error(`must be name=value pairs separated by commas, in ${of}, with what is special written as in a URL (%20)`);
    }
    return [key, held];
  }));
}

/** `undefined` for what is not written as in a URL. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function trueOrFalse(text: string): boolean {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw new Error(`must be true or false; it is "${text}"`);
}

function ratio(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new Error(`must be a number from 0 to 1, such as 0.05; it is "${text}"`);
}
