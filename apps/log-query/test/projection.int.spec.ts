import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliverySubject, normalLane } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { aDelivery, anAttempt, attempted, cancelled, scheduled, subjectOf, tested } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

const dayMs = 86_400_000;
let world: World;
let log: Log;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog({ LOG_RETENTION_DAYS: '10' });
});

afterAll(() => world.stop());

const status = async (id: string) => (await log.get<{ status: string }>(`/v1/deliveries/${id}`)).body.status;
const days = async (table = 'attempts') => {
  const rows: { name: string }[] = await world.database.query(
    `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'log.${table}'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name.slice(-8));
};
const day = (offset: number) => new Date(Date.now() + offset * dayMs).toISOString().slice(0, 10).replaceAll('-', '');

describe('the projection', () => {
  it('follows each delivery through its life', async () => {
    const endpoint = await world.createdEndpoint();
    const [waiting, retrying, done, lost, off] = Array.from({ length: 5 }, () => aDelivery(endpoint)) as [ReturnType<typeof aDelivery>, ...ReturnType<typeof aDelivery>[]];
    await world.publish(
      scheduled(waiting), scheduled(retrying!), scheduled(done!), scheduled(lost!), scheduled(off!),
      attempted(retrying!, { outcome: 'Retrying' }), attempted(done!, { outcome: 'Retrying' }), attempted(done!, { attempt: 2 }),
      attempted(lost!, { outcome: 'Failed' }), attempted(off!, { outcome: 'Retrying' }), cancelled(off!), cancelled(done!),
    );
    await world.projected();
    expect(await Promise.all([waiting, retrying!, done!, lost!, off!].map(({ id }) => status(id)))).toEqual(['pending', 'pending', 'succeeded', 'failed', 'cancelled']);
  });

  it('takes what the stream has stored twice once', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    const test = tested(endpoint);
    const facts = [scheduled(delivery), attempted(delivery, { outcome: 'Retrying' }), attempted(delivery, { attempt: 2 }), test];
    await world.publish(...facts);
    await world.projected();
    const before = await world.rows();
    // After the dedupe window the server takes an id for a new one.
    await world.publish(...facts.map((fact) => ({ ...fact, msgId: `${fact.msgId ?? 'test'}:again` })));
    await world.projected();
    expect(await world.rows()).toEqual(before);
    expect(await status(delivery.id)).toBe('succeeded');
  });

  it('passes over what it can not read, says so without the content, and goes on', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    const subject = (fact: Parameters<typeof subjectOf>[1]) => subjectOf(endpoint, fact);
    const good = anAttempt(delivery);
    const future = aDelivery(endpoint, { at: Date.UTC(9000, 1) });
    const broken = [
      { subject: subject('attempted'), data: 'my-secret-garbage' },
      { subject: subject('attempted'), data: JSON.stringify({ ...good, attempt: 3e9 }) },
      { subject: subject('attempted'), data: JSON.stringify({ ...good, statusCode: 2 ** 40 }) },
      { subject: subject('attempted'), data: JSON.stringify({ ...good, startedAt: '0000-01-01T00:00:00Z' }) },
      { subject: subject('attempted'), data: JSON.stringify({ ...good, outcome: 'Maybe' }) },
      { subject: subject('cancelled'), data: '{}' },
      { subject: subject('tested'), data: JSON.stringify(good) },
      { subject: subject('scheduled'), data: 'no headers' },
      { ...scheduled(delivery), data: Buffer.from([0xff, 0xfe]), msgId: 'not-utf8' },
      { ...scheduled(delivery), data: 'a\0b', msgId: 'nul' },
      { ...scheduled(future) },
      { subject: deliverySubject(normalLane, 0, 'not-an-endpoint', 'attempted'), data: JSON.stringify(good) },
      { subject: 'webhooks.deliveries.something.else', data: '' },
    ];
    const before = await log.metric(/webhooks_projection_unreadable_total\{projection="deliveries"\}/);
    await world.publish(...broken, scheduled(delivery), attempted(delivery));
    await world.projected();
    expect(await status(delivery.id)).toBe('succeeded');
    expect(await log.metric(/webhooks_projection_unreadable_total\{projection="deliveries"\}/)).toBe(before + broken.length);
    const lines = log.service.logs().filter(({ msg }) => msg === 'a message can not be read; passed over');
    expect(lines).toHaveLength(broken.length);
    expect(log.service.lines.join('\n')).not.toContain('my-secret-garbage');
  });

  it('stores what Postgres would refuse as it stands', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    await world.publish(scheduled(delivery), attempted(delivery, {
      url: 'https://example.com/\0', requestHeaders: { 'X-\0': 'a\0b', 'X-Half': '\ud800', 'X-"{}\\': '{NULL,"\\' },
      startedAt: '2026-11-20T10:00:00.123456789Z', responseBody: Buffer.alloc(16_384).toString('base64'), responseTruncated: true,
    }));
    await world.projected();
    const { body } = await log.get<{ attempts: { url: string; requestHeaders: unknown; timestamp: string; responseBody: string }[] }>(`/v1/deliveries/${delivery.id}`);
    expect(body.attempts[0]).toMatchObject({
      url: 'https://example.com/\ufffd', requestHeaders: { 'X-\ufffd': 'a\ufffdb', 'X-Half': '\ufffd', 'X-"{}\\': '{NULL,"\\' }, timestamp: '2026-11-20T10:00:00.123Z',
    });
    expect(body.attempts[0]!.responseBody).toBe('\0'.repeat(16_384));
  });

  it('passes over configuration that it can not read', async () => {
    await world.js.publish('webhooks.config.acct_1.nonsense', 'garbage');
    const endpoint = await world.createdEndpoint();
    expect((await log.get(`/v1/webhooks/${endpoint.id}/attempts`)).status).toBe(200);
    expect(await log.metric(/webhooks_projection_unreadable_total\{projection="endpoints"\}/)).toBe(1);
  });

  it('stores 10,000 attempts, each once, with two replicas at it', async () => {
    const other = await world.startLog({ LOG_RETENTION_DAYS: '10' });
    const endpoints = await Promise.all(Array.from({ length: 10 }, () => world.createdEndpoint()));
    const before = { deliveries: await world.count('deliveries'), attempts: await world.count('attempts') };
    const deliveries = Array.from({ length: 5_000 }, (_, index) => aDelivery(endpoints[index % 10]!, { at: Date.now() - (index % 3) * dayMs }));
    await world.publish(...deliveries.map((delivery) => scheduled(delivery)));
    await world.publish(...deliveries.flatMap((delivery) => [attempted(delivery, { outcome: 'Retrying' }), attempted(delivery, { attempt: 2 })]));
    await world.projected();
    expect(await world.count('attempts')).toBe(before.attempts + 10_000);
    expect(await world.count('deliveries')).toBe(before.deliveries + 5_000);
    expect(await world.count('deliveries', `status = 'succeeded' AND attempts = 2`)).toBeGreaterThanOrEqual(5_000);
    // Both have come to the end, whoever stored the rows.
    for (const each of [log, other]) {
      await eventually(async () => expect(await each.metric(/webhooks_projection_lag_messages\{projection="deliveries"\}/)).toBe(0));
    }
    const added = await Promise.all([log, other].map((each) => each.metric(/webhooks_log_rows_total\{kind="attempt"\}/)));
    expect(added[0]! + added[1]!).toBeGreaterThanOrEqual(10_000);
    await other.stop();
  });
});

describe('days', () => {
  it('have their partitions before anybody needs them', async () => {
    for (const table of ['attempts', 'deliveries']) {
      expect(await days(table)).toEqual(expect.arrayContaining(Array.from({ length: 8 }, (_, offset) => day(offset))));
    }
  });

  it('get one on demand, are skipped when they are too old, and dropped when they become so', async () => {
    const endpoint = await world.createdEndpoint();
    const [recent, old] = [aDelivery(endpoint, { at: Date.now() - 9 * dayMs }), aDelivery(endpoint, { at: Date.now() - 12 * dayMs })];
    await world.publish(scheduled(old), attempted(old), scheduled(recent), attempted(recent));
    await world.projected();
    expect(await days()).toContain(day(-9));
    expect(await days()).not.toContain(day(-12));
    expect((await log.get<{ data: { deliveryId: string }[] }>(`/v1/webhooks/${endpoint.id}/attempts`)).body.data.map(({ deliveryId }) => deliveryId)).toEqual([recent.id]);
    expect((await log.get(`/v1/deliveries/${old.id}`)).status).toBe(404);

    // Two replicas with a shorter retention drop it when they start, both at once.
    const replicas = await Promise.all([world.startLog({ LOG_RETENTION_DAYS: '5' }), world.startLog({ LOG_RETENTION_DAYS: '5' })]);
    await eventually(async () => expect(await days()).not.toContain(day(-9)));
    await eventually(async () => expect(await days('deliveries')).not.toContain(day(-9)));
    expect(await world.count('attempts', `delivery_id = '${recent.id}'`)).toBe(0);
    const lines = replicas.flatMap(({ service }) => service.logs()).filter(({ msg, day: which }) => msg === 'a day of the log was dropped' && String(which).replaceAll('-', '') === day(-9));
    expect(lines).toHaveLength(1);
    expect((await log.get(`/v1/deliveries/${recent.id}`)).status).toBe(404);
    await Promise.all(replicas.map((replica) => replica.stop()));
  });
});
