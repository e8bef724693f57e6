import { describe, expect, it } from '@jest/globals';
import { InvalidEnvironmentError, readEnvironment, readParts, serviceVariables, variable } from './environment.ts';

type Variables = Parameters<typeof readEnvironment>[0];

/** What is wrong with an environment; nothing if it can be used. */
function faultsOf(variables: Variables, env: Record<string, string | undefined>): readonly string[] {
  try {
    readEnvironment(variables, env);
    return [];
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
}

const timeout = { DELIVERY_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 1, max: 60_000, fallback: 10_000 }) };

describe('an environment', () => {
  it('is read once, typed, with what it does not say by default', () => {
    const config = readEnvironment(
      {
        ...serviceVariables, ...timeout, MANAGEMENT_PORT: variable.port(9_090), RETRY_DELAYS_MS: variable.integers({ of: 'milliseconds', fallback: '10000,60000,300000' }),
        OPTIONAL_URL: variable.optional(variable.url({ schemes: ['https:'] })),
      },
      { NATS_URL: 'nats://a:4222, tls://b', DELIVERY_TIMEOUT_MS: '5000', UNRELATED: 'x' },
    );
    expect(config).toEqual({
      NATS_URL: 'nats://a:4222, tls://b', LOG_LEVEL: 'info', MANAGEMENT_HOST: '0.0.0.0', DELIVERY_TIMEOUT_MS: 5_000, MANAGEMENT_PORT: 9_090,
      RETRY_DELAYS_MS: [10_000, 60_000, 300_000], OPTIONAL_URL: undefined,
    });
    const typed: number = config.DELIVERY_TIMEOUT_MS;
    expect(typed).toBe(5_000);
  });

  it('names every fault at once', () => {
    const faults = faultsOf({ ...serviceVariables, ...timeout, DATABASE_URL: variable.url({ schemes: ['postgres:', 'postgresql:'] }), PORT: variable.port(1) }, {
      LOG_LEVEL: 'loud', DELIVERY_TIMEOUT_MS: '0', DATABASE_URL: 'mysql://x', PORT: '65536', DELIVERY_TIMEOUT_S: '10',
    });
    expect(faults).toEqual([
      'NATS_URL: is required and must be one or more URLs, separated by commas, with scheme nats: or tls:',
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace',
      'DELIVERY_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 60000, digits only; it is "0"',
      'DATABASE_URL: must be a URL with scheme postgres: or postgresql:',
      'PORT: must be a whole number of a TCP port from 0 to 65535, digits only; it is "65536"',
      'DELIVERY_TIMEOUT_S: unknown unit, the variable is DELIVERY_TIMEOUT_MS',
    ]);
    const error = new InvalidEnvironmentError(faults);
    for (const fault of faults) expect(error.message).toContain(`\n  - ${fault}`);
  });

  it('that is empty is not set', () => {
    expect(readEnvironment(timeout, { DELIVERY_TIMEOUT_MS: '' })).toEqual({ DELIVERY_TIMEOUT_MS: 10_000 });
    expect(readEnvironment({ A: variable.optional(variable.text({ what: 'a text' })) }, { A: '' })).toEqual({ A: undefined });
    expect(faultsOf({ NATS_URL: serviceVariables.NATS_URL }, { NATS_URL: '' })).toEqual([expect.stringContaining('NATS_URL: is required')]);
    expect(faultsOf(timeout, { DELIVERY_TIMEOUT_S: '' })).toEqual([]);
  });

  it.each(['DELIVERY_TIMEOUT_S', 'DELIVERY_TIMEOUT_SEC', 'DELIVERY_TIMEOUT_SECONDS', 'DELIVERY_TIMEOUT_MIN', 'DELIVERY_TIMEOUT_HOURS', 'DELIVERY_TIMEOUT_BYTES'])(
    'does not pass over %s, which was meant for another unit', (name) => {
      expect(faultsOf(timeout, { [name]: '10' })).toEqual([`${name}: unknown unit, the variable is DELIVERY_TIMEOUT_MS`]);
      // Even beside the right one: one of the two is not what somebody believes.
      expect(faultsOf(timeout, { [name]: '10', DELIVERY_TIMEOUT_MS: '5000' })).toHaveLength(1);
    },
  );

  it.each(['DELIVERY_TIMEOUT', 'OTHER_TIMEOUT_S', 'TIMEOUT_S', 'delivery_timeout_s', 'XDELIVERY_TIMEOUT_S'])('lets %s be, which is none of ours', (name) => {
    expect(faultsOf(timeout, { [name]: '10' })).toEqual([]);
  });
});

describe('a number', () => {
  it.each(['1', '5000', '60000', '0005000'])('may be %s', (text) => {
    expect(readEnvironment(timeout, { DELIVERY_TIMEOUT_MS: text })).toEqual({ DELIVERY_TIMEOUT_MS: Number(text) });
  });

  it.each(['10s', '10 s', '10ms', '10_000', '10,000', '10.5', '1e3', '0x10', '-1', '-5000', '+5', ' 5', '5\n', 'ten', 'NaN', 'Infinity', '٣', '0', '60001', '9'.repeat(15), '9'.repeat(16), '9'.repeat(400)])(
    'may not be %j', (text) => {
      expect(faultsOf(timeout, { DELIVERY_TIMEOUT_MS: text })).toEqual([expect.stringMatching(/^DELIVERY_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 60000, digits only; it is /)]);
    },
  );

  it('without an upper bound says so, and without a default is required', () => {
    const bytes = { MAX_BYTES: variable.integer({ of: 'bytes', min: 1_024 }) };
    expect(faultsOf(bytes, { MAX_BYTES: '1' })).toEqual(['MAX_BYTES: must be a whole number of bytes from 1024 up, digits only; it is "1"']);
    expect(faultsOf(bytes, {})).toEqual(['MAX_BYTES: is required and must be a whole number of bytes from 1024 up, digits only']);
    expect(readEnvironment(bytes, { MAX_BYTES: '999999999999999' })).toEqual({ MAX_BYTES: 999_999_999_999_999 });
  });

  it.each(['', ',', '1,', '1,,2', '1,x', '1;2', '10s,60s', '-1'])('may be several, not %j', (text) => {
    const delays = { RETRY_DELAYS_MS: variable.integers({ of: 'milliseconds', fallback: '1' }) };
    const faults = faultsOf(delays, { RETRY_DELAYS_MS: text });
    if (text === '') expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringContaining('must be whole numbers of milliseconds separated by commas')]);
    expect(readEnvironment(delays, { RETRY_DELAYS_MS: '1, 22 ,333' })).toEqual({ RETRY_DELAYS_MS: [1, 22, 333] });
  });
});

describe('a secret', () => {
  const secret = 'hunter2-correct-horse';
  const all = {
    ...serviceVariables,
    DATABASE_URL: variable.url({ schemes: ['postgres:'] }),
    AUTH_JWT_SECRET: variable.text({ what: 'the shared secret', minLength: 64 }),
    KEYS: variable.parsed(() => { throw new Error('must be keys in base64'); }, { what: 'keys' }),
    ODD: variable.parsed(() => { throw 'no error'; }, { what: 'something odd' }),
    LOG_LEVEL: serviceVariables.LOG_LEVEL,
  };

  it('is in no fault', () => {
    const faults = faultsOf(all, {
      NATS_URL: `http://user:${secret}@nats`, DATABASE_URL: `mysql://user:${secret}@db`, AUTH_JWT_SECRET: secret, KEYS: secret, ODD: secret, LOG_LEVEL: secret, MANAGEMENT_HOST: secret,
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['NATS_URL', 'LOG_LEVEL', 'DATABASE_URL', 'AUTH_JWT_SECRET', 'KEYS', 'ODD']);
    expect(new InvalidEnvironmentError(faults).message).not.toContain('hunter2');
    expect(faults).toContain('AUTH_JWT_SECRET: must be the shared secret, 64 characters or more');
    expect(faults).toContain('KEYS: must be keys in base64');
    expect(faults).toContain('ODD: must be something odd');
  });
});

describe('an address', () => {
  it.each(['nats://a', 'tls://a:4222', 'nats://user:pass@a,nats://b', 'nats://[::1]:4222'])('may be %s', (text) => {
    expect(faultsOf({ NATS_URL: serviceVariables.NATS_URL }, { NATS_URL: text })).toEqual([]);
  });

  it.each(['a', 'a:4222', '//a', 'http://a', 'nats://a,', 'nats://a,http://b', ','])('may not be %s', (text) => {
    expect(faultsOf({ NATS_URL: serviceVariables.NATS_URL }, { NATS_URL: text })).toHaveLength(1);
  });

  it('is one, unless several are asked for', () => {
    const one = { URL: variable.url({ schemes: ['https:'], fallback: 'https://example.com' }) };
    expect(readEnvironment(one, {})).toEqual({ URL: 'https://example.com' });
    expect(faultsOf(one, { URL: 'https:' })).toHaveLength(1);
  });
});

describe('an environment read part by part', () => {
  const fails = (...faults: string[]) => () => { throw new InvalidEnvironmentError(faults); };

  it('has the value of each part', () => {
    expect(readParts({ a: () => 1, b: () => 'two' })).toEqual({ a: 1, b: 'two' });
  });

  it('names the faults of all parts', () => {
    let faults: readonly string[] = [];
    try {
      readParts({ a: fails('A: is required'), b: () => 2, c: fails('C: one', 'C: two') });
    } catch (error) {
      faults = (error as InvalidEnvironmentError).faults;
    }
    expect(faults).toEqual(['A: is required', 'C: one', 'C: two']);
  });

  it('hides no mistake of the program', () => {
    expect(() => readParts({ a: fails('A: is required'), b: () => { throw new TypeError('a mistake'); } })).toThrow(TypeError);
  });
});
