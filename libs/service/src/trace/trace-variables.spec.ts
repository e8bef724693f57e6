import { describe, expect, it } from '@jest/globals';
import { InvalidEnvironmentError, readEnvironment } from '../environment.ts';
import { heededOfTraces, traceSettings, traceVariables } from './trace-variables.ts';

const settingsOf = (env: Record<string, string>) => traceSettings('event-router', readEnvironment(traceVariables, heededOfTraces(env)));

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    settingsOf(env);
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
  return [];
}

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('traces', () => {
  it('are not told without an endpoint, whatever else is set', () => {
    expect(settingsOf({})).toBeUndefined();
    expect(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'router' })).toBeUndefined();
    expect(traceSettings('event-router', {})).toBeUndefined();
  });

  it.each([
    [{ OTEL_SDK_DISABLED: 'true' }], [{ OTEL_SDK_DISABLED: 'TRUE' }], [{ OTEL_TRACES_EXPORTER: 'none' }],
  ])('are not told with %j, though there is an endpoint', (off) => {
    expect(settingsOf({ ...endpoint, ...off })).toBeUndefined();
    // Of those who read the variables as they are, too.
    expect(traceSettings('event-router', readEnvironment(traceVariables, { ...endpoint, ...off }))).toBeUndefined();
    expect(faultsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318', OTEL_TRACES_SAMPLER_ARG: '5%', ...off })).toEqual([]);
  });

  it.each([[{ OTEL_SDK_DISABLED: 'false' }], [{ OTEL_SDK_DISABLED: 'False' }], [{ OTEL_TRACES_EXPORTER: 'otlp' }]])('are told with %j', (on) => {
    expect(settingsOf({ ...endpoint, ...on })).toBeDefined();
  });

  it('stop nobody who tells of none: what is set may be meant for others', () => {
    expect(faultsOf({
      OTEL_TRACES_EXPORTER: 'jaeger', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'xray', OTEL_TRACES_SAMPLER_ARG: 'endpoint=http://x', OTEL_RESOURCE_ATTRIBUTES: 'x',
      OTEL_SDK_DISABLED: 'perhaps',
    })).toEqual([]);
  });

  it('leave the rest of the environment as it is', () => {
    const rest = { LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_TIMEOUT: '1' };
    expect(heededOfTraces({ ...rest, OTEL_TRACES_SAMPLER: 'xray' })).toEqual(rest);
    expect(heededOfTraces({ ...rest, ...endpoint })).toEqual({ ...rest, ...endpoint });
  });

  it('go to the endpoint, all of them, in the name of the service', () => {
    expect(settingsOf(endpoint)).toEqual({
      serviceName: 'event-router', url: 'http://collector:4318/v1/traces', headers: {}, sampler: 'parentbased_always_on', ratio: 1, resource: {},
    });
  });

  it.each([
    ['http://collector:4318/', 'http://collector:4318/v1/traces'], ['https://collector/otlp', 'https://collector/otlp/v1/traces'],
    ['https://collector/otlp/?key=1', 'https://collector/otlp/v1/traces?key=1'],
  ])('go below %s', (base, url) => expect(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: base })?.url).toBe(url));

  it('go to an endpoint of their own as it is written', () => {
    expect(settingsOf({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/api?v=1' })?.url).toBe('https://traces.example/api?v=1');
  });

  it('are told with what else is set', () => {
    expect(settingsOf({
      ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a=b==, x-tenant = t', OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.05',
      OTEL_SERVICE_NAME: 'router', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=production',
    })).toMatchObject({
      serviceName: 'router', headers: { authorization: 'Bearer a=b==', 'x-tenant': 't' }, sampler: 'parentbased_traceidratio', ratio: 0.05,
      resource: { 'deployment.environment.name': 'production' },
    });
    expect(settingsOf({ ...endpoint, OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' })?.serviceName).toBe('other');
  });

  it('are told with the headers of their own before those of all signals', () => {
    expect(settingsOf({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=general,x-tenant=t', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=own' })?.headers)
      .toEqual({ 'x-key': 'own', 'x-tenant': 't' });
    expect(settingsOf({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-key=own' })?.headers).toEqual({ 'x-key': 'own' });
  });

  it('are told by the protocol of their own, whatever other signals speak', () => {
    expect(faultsOf({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' })).toEqual([]);
  });

  it('say of the process whatever can be printed', () => {
    expect(settingsOf({ ...endpoint, OTEL_RESOURCE_ATTRIBUTES: 'owner=J%C3%B6rg, app.kubernetes.io/name=x ,město=Žďár,a%3Db=c%2Cd,empty=' })?.resource)
      .toEqual({ 'owner': 'Jörg', 'app.kubernetes.io/name': 'x', 'město': 'Žďár', 'a=b': 'c,d', 'empty': '' });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'perhaps', 'must be true or false; it is "perhaps"'],
    ['OTEL_TRACES_EXPORTER', 'jaeger', 'must be one of otlp, none'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', 'must be one of http/protobuf'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'owner=J%C3', 'must be name=value pairs'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'owner=a%0Ab', 'must be name=value pairs'],
    ['OTEL_RESOURCE_ATTRIBUTES', '=x', 'must be name=value pairs'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be a URL with scheme http: or https:'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector:4317', 'must be a URL with scheme http: or https:'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'must be one of http/protobuf'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'must be one of always_on, always_off,'],
    ['OTEL_TRACES_SAMPLER_ARG', '5%', 'must be a number from 0 to 1, such as 0.05; it is "5%"'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.01', 'must be a number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', '-0', 'must be a number from 0 to 1'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'production', 'must be name=value pairs'],
  ])('are not told by %s=%s', (name, value, fault) => {
    expect(faultsOf({ ...endpoint, [name]: value })).toEqual([expect.stringContaining(`${name}: ${fault}`)]);
  });

  it.each(['hunter2', 'authorization:hunter2', 'authorization=hunter2%', '=hunter2', 'a b=hunter2', 'a/b=hunter2', 'a=hunter2%0A', 'a=hunter2\u00e9', 'a=hunter2%C3%A9', 'a=hunter2\nb=1'])('are not told with the headers %j, which the fault does not repeat', (headers) => {
    for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
      const faults = faultsOf({ ...endpoint, [name]: headers });
      expect(faults).toEqual([expect.stringContaining(`${name}: must be name=value pairs`)]);
      expect(faults.join()).not.toContain('hunter2');
    }
  });
});
