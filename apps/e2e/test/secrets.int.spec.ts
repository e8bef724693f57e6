import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aForgedToken, anAccessToken, anUnsignedToken, testAccess } from '@cepro/testkit';
import { findTraces, heldByStreams, heldByTables, publishEvent, shortRetries, System, apps, type Held } from '../src/index.ts';

// Everything runs once, is stopped and is started again, on a machine that may be busy.

let system: System;

/** The most that the services can be made to say. */
const talkative = { LOG_LEVEL: 'trace' };

beforeAll(async () => {
  system = await System.start({
    env: {
      'config-api': talkative, 'log-query': talkative, 'event-router': talkative,
      'delivery-worker': { ...talkative, ...shortRetries },
    },
    provision: talkative,
  });
});
afterAll(() => system?.stop());

it('secrets are never in logs, answers, events, tables (searched after a full run)', async () => {
  // Whatever goes over NATS, purged or not: events, records, questions to workers and their answers.
  const overNats: Held[] = [];
  const tap = system.connection.subscribe('>', {
    callback: (_error, { subject, data, headers }) => {
      const bytes = Buffer.concat([Buffer.from(`${subject}\n${headers ? [...headers].map(([name, values]) => `${name}: ${values.join()}`).join('\n') : ''}\n`), data]);
      overNats.push({ where: `NATS ${subject}`, bytes });
    },
  });
  const answers: Held[] = [];
  const secrets: Record<string, string> = {};
  const commands: string[] = [];
  const accountId = 'acct_secrets';
  const account = await system.account(accountId, (answer, call) => answers.push({ where: `answer to ${call}`, bytes: Buffer.from(answer) }));

  /** Creates an endpoint; its secret is expected in that one answer. */
  const create = async (path: string, active = true) => {
    const endpoint = await account.anEndpoint({ url: system.receiver.at(path).url, description: 'one of several', active });
    expect(answers.pop()!.bytes.includes(endpoint.secret)).toBe(true);
    secrets[`secret of ${path}`] = endpoint.secret;
    return endpoint;
  };
  const good = await create('/good');
  const bad = await create('/bad');
  const deleted = await create('/deleted');
  const off = await create('/off', false);
  // A receiver that answers with what it was sent must not make anything appear either.
  system.receiver.at('/good').answer((request) => ({ body: JSON.stringify([request.rawHeaders, request.rawBody.toString()]) }));
  system.receiver.at('/bad').answer({ status: 500, body: 'no' });

  for (let n = 0; n < 3; n++) await publishEvent(system, { accountId, data: { n } });
  // What can't be used goes another way.
  await system.js.publish(`cepro.events.${accountId}.invoice.refunded`, '{}');
  await system.js.publish(`cepro.events.${accountId}.invoice.paid`, 'no JSON');
  for (const { id } of [good, bad, deleted, off]) await account.call('POST', `/v1/webhooks/${id}/test`);
  const failures = await account.logged(bad.id, 13);
  const { deliveryId } = failures.find(({ test }) => !test)!;
  await account.deliveryOnce(deliveryId, 'failed');
  await account.call('POST', `/v1/deliveries/${deliveryId}/retry`);
  await account.logged(bad.id, 14);
  await account.logged(good.id, 4);
  await account.logged(deleted.id, 4);
  await account.call('PATCH', `/v1/webhooks/${bad.id}`, { active: false });
  await account.call('PATCH', `/v1/webhooks/${off.id}`, { active: true, description: 'on' });
  await account.call('GET', '/v1/webhooks');
  for (const { id } of [good, bad, off]) await account.call('GET', `/v1/webhooks/${id}`);
  for (const entry of [...failures, ...(await account.log(good.id))]) await account.delivery(entry.deliveryId);
  await account.call('DELETE', `/v1/webhooks/${deleted.id}`);

  // What is refused, or goes wrong, is where services say too much.
  const tokens = {
    'good token': account.token,
    'expired token': await anAccessToken({ accountId, expiresInSeconds: -60 }),
    'forged token': await aForgedToken({ accountId }),
    'token for another audience': await anAccessToken({ accountId, audience: 'elsewhere' }),
    'unsigned token': anUnsignedToken({ accountId }),
  };
  const refused = async (path: string, init: RequestInit) => {
    const response = await fetch(system.urlOf(path), init);
    const bytes = Buffer.concat([Buffer.from(JSON.stringify([...response.headers])), Buffer.from(await response.arrayBuffer())]);
    answers.push({ where: `answer to ${init.method} ${path}`, bytes });
  };
  for (const token of Object.values(tokens)) {
    for (const path of ['/v1/webhooks', `/v1/webhooks/${good.id}/attempts`, '/v1/webhooks?limit=none']) {
      await refused(path, { method: 'GET', headers: { authorization: `Bearer ${token}` } });
    }
    await refused('/v1/webhooks', {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: `{"url":"${good.secret}","secret":"${good.secret}",`,
    });
  }
  await refused('/v1/webhooks', {
    method: 'POST', headers: { authorization: `Bearer ${account.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: good.secret, events: [good.secret], secret: good.secret }),
  });

  // The commands that an operator runs, and services that come to their end and start again.
  for (const [app, entry] of [['config-api', 'dist/reseal.js'], ['config-api', 'dist/rebuild.js'], ['log-query', 'dist/rebuild.js'], ['provision', 'dist/main.js']] as const) {
    commands.push(...(await system.run(app, entry, talkative)));
  }
  const metrics = await Promise.all(apps.flatMap((app) => ['metrics', 'health/ready', 'health/live'].map(async (path): Promise<Held> => ({
    where: `${app} /${path}`, bytes: Buffer.from(await (await fetch(`http://127.0.0.1:${system.service(app).managementPort}/${path}`)).text()),
  }))));
  const before = [...system.services.values()];
  for (const app of apps) expect(await system.service(app).stop()).toBe(0);
  for (const app of apps) await system.startService(app);
  await account.logged(good.id, 4);
  await system.connection.flush();
  tap.unsubscribe();

  const outputs: Held[] = [...before, ...system.services.values()].flatMap(({ app, lines }) => (
    lines.map((line) => ({ where: `output of ${app}: ${line}`, bytes: Buffer.from(line) }))
  ));
  outputs.push(...commands.map((line) => ({ where: `output of a command: ${line}`, bytes: Buffer.from(line) })));
  const requests: Held[] = system.receiver.requests.map(({ path, rawHeaders, rawBody }) => ({
    where: `request to ${path}`, bytes: Buffer.from(`${rawHeaders.join('\n')}\n${rawBody.toString()}`),
  }));
  const places = { overNats, answers, outputs, metrics, requests, streams: await heldByStreams(system), tables: await heldByTables(system) };
  // An empty place would hide nothing and prove nothing.
  for (const [name, held] of Object.entries(places)) expect([name, held.length > 10]).toEqual([name, true]);

  const [, ringKey] = system.keyRing.split(':');
  const hidden: Record<string, string | Buffer> = {
    'the key of the key ring': ringKey!,
    'the bytes of the key': Buffer.from(ringKey!, 'base64'),
    'the key in hexadecimal': Buffer.from(ringKey!, 'base64').toString('hex'),
    'the secret of the tokens': testAccess.secret,
    'the secret of the tokens in base64': Buffer.from(testAccess.secret).toString('base64').slice(0, -2),
    'what every signing secret begins with': 'whsec_',
    ...tokens,
    ...Object.fromEntries(Object.entries(tokens).flatMap(([name, token]) => token.split('.').slice(2).filter(Boolean).map((part) => [`signature of ${name}`, part]))),
  };
  for (const [name, secret] of Object.entries(secrets)) {
    const base64 = secret.slice('whsec_'.length);
    const bytes = Buffer.from(base64, 'base64');
    Object.assign(hidden, {
      [name]: secret,
      [`${name}, its base64`]: base64.replace(/=+$/, ''),
      [`${name}, its base64url`]: bytes.toString('base64url'),
      [`${name}, its bytes`]: bytes,
      [`${name}, in hexadecimal`]: bytes.toString('hex'),
    });
  }
  expect(Object.entries(places).flatMap(([name, held]) => findTraces(held, hidden).map((found) => `${name}: ${found}`))).toEqual([]);
});

it('the search would find a secret, however it was written', () => {
  const secret = Buffer.from('0123456789abcdef0123456789abcdef');
  const written = [
    secret.toString('latin1'), JSON.stringify({ secret: `whsec_${secret.toString('base64')}` }), `\\x${secret.toString('hex')}`,
    Buffer.from(JSON.stringify({ inside: secret.toString('latin1') })).toString('base64'), `x.${Buffer.from(secret).toString('base64url')}.y`,
  ];
  for (const text of written) expect([text, findTraces([{ where: 'here', bytes: Buffer.from(text) }], { secret })]).toEqual([text, ['secret in here']]);
});
