import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { open, parseKeyRing, sealedWith } from '@cepro/secrets';
import { freePort, type ServiceProcess } from '@cepro/testkit';
import { anAccount, as, keyA, keyB, startWorld, url, type Call, type World } from './harness.ts';
import { run, startProcess } from './processes.ts';

let world: World;
let service: ServiceProcess;
let call: Call;
const account = anAccount();
beforeAll(async () => {
  world = await startWorld();
  const port = await freePort();
  // The port of its own that the testkit finds is the one that it asks whether the service is ready.
  const { MANAGEMENT_PORT: _, ...env } = world.env;
  service = await startProcess('main', { ...env, HTTP_PORT: String(port), LOG_LEVEL: 'trace' });
  await service.ready();
  call = await as({ baseUrl: `http://127.0.0.1:${port}` }, account);
});
afterAll(async () => {
  await service?.kill();
  await world?.stop();
});

async function sealedSecretsOf(endpointId: string): Promise<string[]> {
  const sealed: string[] = [];
  for await (const message of await world.jsm.direct.getBatch('WEBHOOK_CONFIG', { seq: 1, next_by_subj: `webhooks.config.${account}.${endpointId}`, batch: 100 })) {
    for (const event of message.json<{ sealedSecret?: string }[]>()) if (event.sealedSecret) sealed.push(event.sealedSecret);
  }
  return sealed;
}

describe('the signing secret', () => {
  it('is shown once, and is nowhere else: not in an answer, a message, a row, a file or a log line', async () => {
    const created = await call('POST', '/v1/webhooks', { url: `${url}?token=in-the-query`, events: ['invoice.paid'], description: 'CRM' });
    const { id, secret } = created.body;
    const path_ = `/v1/webhooks/${id}`;
    const answers = [
      await call('GET', path_), await call('GET', '/v1/webhooks'), await call('PATCH', path_, { active: false }), await call('PATCH', path_, { secret }), await call('POST', `${path_}/test`),
    ];
    const material = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const forms = [secret, secret.slice('whsec_'.length), material.toString('base64url'), material.toString('hex')];
    const rows = await Promise.all(['endpoints', 'endpoint_health', 'projections', 'migrations'].map((table) => world.source.query(`SELECT * FROM config.${table}`)));
    const texts = [JSON.stringify(answers), JSON.stringify(rows), service.lines.join('\n')];
    for (const file of await readdir(world.nats.storeDir, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) texts.push((await readFile(path.join(file.parentPath, file.name))).toString('latin1'));
    }
    expect(texts.join().length).toBeGreaterThan(1_000);
    for (const form of forms) for (const text of texts) expect(text.includes(form)).toBe(false);

    const [sealed, ...others] = await sealedSecretsOf(id);
    expect(others).toEqual([]);
    expect(JSON.stringify([answers, rows]).includes(sealed!)).toBe(false);
    expect(open(parseKeyRing(keyA), sealed!, { accountId: account, endpointId: id })).toBe(secret);
  });

  it('and what a URL\'s path and query may hold stay out of the log, which tells of every change', () => {
    expect(service.lines.join('\n')).not.toMatch(/in-the-query|hooks\/ce-pro/);
    const changes = service.logs().filter(({ msg }) => msg === 'endpoint changed');
    expect(changes).toEqual([
      expect.objectContaining({ accountId: account, endpointId: expect.stringMatching(/^wh_/), version: 1, changes: ['created'], host: '127.0.0.1:8443' }),
      expect.objectContaining({ changes: ['disabled'], active: false }),
    ]);
  });

  it('is sealed with the new key by a command, once, while the service runs', async () => {
    const { id, secret } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    const gone = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    await call('DELETE', `/v1/webhooks/${gone.id}`);
    const { NATS_URL } = world.env;
    const env = { NATS_URL: NATS_URL!, SECRETS_KEY_RING: `${keyB},${keyA}` };

    const first = await run('reseal', env);
    expect({ code: first.code, last: first.logs.at(-1) }).toEqual({ code: 0, last: expect.objectContaining({ resealed: 2, upToDate: 0, failed: 0, sealingKid: 'b' }) });
    const again = await run('reseal', env);
    expect(again.logs.at(-1)).toMatchObject({ resealed: 0, upToDate: 2, failed: 0 });

    const sealed = await sealedSecretsOf(id);
    expect(sealed.map(sealedWith)).toEqual(['a', 'b']);
    expect(open(parseKeyRing(keyB), sealed[1]!, { accountId: account, endpointId: id })).toBe(secret);
    expect([...first.lines, ...again.lines].join('\n')).not.toContain(secret);
    expect((await call('PATCH', `/v1/webhooks/${id}`, { description: 'still works' })).status).toBe(200);
  });

  it('that can not be opened is told of, and the others are done', async () => {
    const { NATS_URL } = world.env;
    const outcome = await run('reseal', { NATS_URL: NATS_URL!, SECRETS_KEY_RING: `c:${Buffer.alloc(32, 3).toString('base64')}` });
    expect({ code: outcome.code, last: outcome.logs.at(-1) }).toEqual({ code: 1, last: expect.objectContaining({ resealed: 0, failed: 2 }) });
  });

  it('outlives a gentle stop', async () => {
    expect(await service.stop()).toBe(0);
    expect(service.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  });
});

describe('an environment that can not be used', () => {
  it('is refused with every fault and exit code 78', async () => {
    const broken = await startProcess('main', { NATS_URL: 'nonsense', SECRETS_KEY_RING: 'k1:short' });
    expect((await broken.exited).code).toBe(78);
    for (const name of ['NATS_URL', 'DATABASE_URL', 'SECRETS_KEY_RING', 'AUTH_AUDIENCE']) expect(broken.lines.join('\n')).toContain(`  - ${name}: `);
  });
});
