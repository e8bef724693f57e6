import { describe, expect, it } from '@jest/globals';
import { decodeNotification, notificationSubject, type Notification, type SystemDisabledReason } from '@cepro/contracts';
import { evolveHealth, noHealthHistory, type HealthSignal } from '../read-model/health.ts';
import { evolveTold, type Told } from '../read-model/told.ts';
import { freshMs, newsOf, type WatchedEndpoint } from './news.ts';

const accountId = 'acct_42';
const endpointId = 'wh_019ab3c4-0000-7000-8000-000000000001';
const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 10, minute));
const iso = (minute: number) => at(minute).toISOString();

const attempt = (minute: number, outcome: HealthSignal['outcome'], delivery = `dlv_${minute}`): HealthSignal => ({
  endpointId, deliveryId: delivery, at: at(minute), outcome, gone: false,
});

/** What has happened to an endpoint, and what CE Pro has heard of it. */
class Story {
  #endpoint: WatchedEndpoint = {
    accountId, endpointId, url: 'https://user:pass@hooks.example.com:8443/secret-path?key=secret', active: true, updatedAt: at(0), systemDisabling: null,
    health: noHealthHistory, told: undefined,
  };

  attempts(...signals: HealthSignal[]): this {
    return this.#change({ health: signals.reduce(evolveHealth, this.#endpoint.health) });
  }

  changed(minute: number, active = true): this {
    return this.#change({ updatedAt: at(minute), active });
  }

  disabledBySystem(minute: number, reason: SystemDisabledReason = 'failing'): this {
    return this.#change({ updatedAt: at(minute), active: false, systemDisabling: { at: at(minute), reason } });
  }

  /** Tells what there is, and expects it to be that. */
  tells(type: Notification['type'], expected: Record<string, unknown>, now = 60): this {
    const news = newsOf(this.#endpoint, at(now).getTime());
    expect(news).toMatchObject({ type, accountId, endpointId, ...expected });
    expect(decodeNotification({ subject: notificationSubject(accountId, type), data: Buffer.from(JSON.stringify(news)) })).toEqual({ ok: true, value: news });
    return this.#change({ told: evolveTold(this.#endpoint.told, news!) });
  }

  tellsNothing(now = at(60).getTime()): this {
    expect(newsOf(this.#endpoint, now)).toBeUndefined();
    return this;
  }

  told(told: Told): this {
    return this.#change({ told });
  }

  /** The id of what there is to tell. */
  get id(): string | undefined {
    return newsOf(this.#endpoint, at(60).getTime())?.id;
  }

  #change(changed: Partial<WatchedEndpoint>): this {
    this.#endpoint = { ...this.#endpoint, ...changed };
    return this;
  }
}

const given = () => new Story();

describe('that an endpoint is failing', () => {
  it('is no news while its deliveries are only retried', () => {
    given().attempts(attempt(1, 'Retrying', 'a'), attempt(2, 'Retrying', 'a'), attempt(3, 'Retrying', 'b')).tellsNothing();
  });

  it('is told with the first delivery that fails for good, once', () => {
    given().attempts(attempt(1, 'Retrying', 'a'), attempt(2, 'Failed', 'a')).tells('webhook.failing', { since: iso(1), at: iso(2), failedDeliveries: 1 })
      .tellsNothing()
      .attempts(attempt(3, 'Failed'), attempt(4, 'Failed')).tellsNothing();
  });

  it('is told with everything that is known when it can be told', () => {
    given().attempts(attempt(1, 'Failed'), attempt(2, 'Failed'), attempt(3, 'Retrying')).tells('webhook.failing', { since: iso(1), at: iso(1), failedDeliveries: 2 });
  });

  it('is no news if a success came before it could be told', () => {
    given().attempts(attempt(1, 'Failed'), attempt(2, 'Success')).tellsNothing();
  });

  it('is told again after a recovery that was told', () => {
    given().attempts(attempt(1, 'Failed')).tells('webhook.failing', {})
      .attempts(attempt(2, 'Success')).tells('webhook.recovered', {})
      .attempts(attempt(3, 'Failed')).tells('webhook.failing', { since: iso(3) });
  });

  it('is no news of one that its admin has switched off', () => {
    given().attempts(attempt(1, 'Failed')).changed(2, false).tellsNothing();
  });

  it('is no news if its admin has changed something since', () => {
    given().attempts(attempt(1, 'Failed', 'a')).changed(2).tellsNothing().attempts(attempt(3, 'Failed', 'b')).tells('webhook.failing', { since: iso(1), at: iso(3), failedDeliveries: 2 });
  });

  it('is told once, whatever its admin changes afterwards', () => {
    given().attempts(attempt(1, 'Failed')).tells('webhook.failing', {}).changed(2).attempts(attempt(3, 'Failed')).tellsNothing();
  });

  it('is no news after a week', () => {
    given().attempts(attempt(1, 'Failed')).tellsNothing(at(1).getTime() + freshMs + 1);
    expect(given().attempts(attempt(1, 'Failed')).id).toBeDefined();
  });

  it('has one id, whoever looks and when, and another one the next time', () => {
    const first = given().attempts(attempt(1, 'Retrying', 'a'), attempt(2, 'Failed', 'a'));
    const { id } = first;
    expect(first.attempts(attempt(3, 'Failed', 'b')).id).toBe(id);
    const later = first.tells('webhook.failing', { id }).attempts(attempt(4, 'Success')).tells('webhook.recovered', {}).attempts(attempt(5, 'Failed')).id;
    expect(later).toEqual(expect.any(String));
    expect(later).not.toBe(id);
  });
});

describe('that an endpoint has recovered', () => {
  it('is told with the first success after it was told that it fails, once', () => {
    given().attempts(attempt(1, 'Retrying', 'a'), attempt(2, 'Failed', 'a')).tells('webhook.failing', {})
      .attempts(attempt(3, 'Success')).tells('webhook.recovered', { since: iso(1), at: iso(3) })
      .attempts(attempt(4, 'Success')).tellsNothing();
  });

  it('is no news if nobody was told that it fails', () => {
    given().attempts(attempt(1, 'Failed'), attempt(2, 'Success')).tellsNothing().attempts(attempt(3, 'Success')).tellsNothing();
  });

  it('is no news by a success that began before', () => {
    given().attempts(attempt(2, 'Failed')).tells('webhook.failing', {}).attempts(attempt(1, 'Success')).tellsNothing();
  });

  it('is no news by a success that began at the same moment', () => {
    given().attempts(attempt(2, 'Failed', 'a')).tells('webhook.failing', {}).attempts(attempt(2, 'Success', 'b')).tellsNothing();
  });

  it('is told before that it fails again', () => {
    given().attempts(attempt(1, 'Failed')).tells('webhook.failing', {}).attempts(attempt(2, 'Success'), attempt(3, 'Failed'))
      .tells('webhook.recovered', { at: iso(2) }).tells('webhook.failing', { since: iso(3) }).tellsNothing();
  });

  it('is no news of one that is off, but when it is on again', () => {
    given().attempts(attempt(1, 'Failed')).tells('webhook.failing', {}).attempts(attempt(2, 'Success')).changed(3, false).tellsNothing()
      .changed(4).tells('webhook.recovered', {});
  });

  it('is told however long it took', () => {
    given().told({ type: 'webhook.failing', at: new Date('2026-01-01T00:00:00Z'), since: new Date('2026-01-01T00:00:00Z'), disabledAt: null })
      .attempts(attempt(1, 'Success')).tells('webhook.recovered', { since: '2026-01-01T00:00:00.000Z' });
  });
});

describe('that the system has switched an endpoint off', () => {
  it.each(['failing', 'gone'] as const)('is told with the reason %s, once', (reason) => {
    given().attempts(attempt(1, 'Retrying', 'a'), attempt(2, 'Failed', 'a')).tells('webhook.failing', {})
      .disabledBySystem(3, reason).tells('webhook.disabled', { reason, since: iso(1), at: iso(3), failedDeliveries: 1 }).tellsNothing();
  });

  it('is told instead of that it fails', () => {
    given().attempts(attempt(1, 'Failed')).disabledBySystem(3).tells('webhook.disabled', {}).tellsNothing();
  });

  it('is told even if its admin has switched it on before', () => {
    given().attempts(attempt(1, 'Failed')).disabledBySystem(3).changed(4).tells('webhook.disabled', { at: iso(3) }).tellsNothing();
  });

  it('is told again when it happens again, and that it fails before that', () => {
    given().attempts(attempt(1, 'Failed')).disabledBySystem(3).tells('webhook.disabled', {})
      .changed(4).tellsNothing().attempts(attempt(5, 'Failed')).tells('webhook.failing', { at: iso(5) })
      .disabledBySystem(6).tells('webhook.disabled', { at: iso(6) }).tellsNothing();
  });

  it('is over with the first success after it was switched on', () => {
    given().attempts(attempt(1, 'Success'), attempt(2, 'Retrying')).disabledBySystem(3, 'gone').tells('webhook.disabled', {}).changed(4).tellsNothing()
      .attempts(attempt(5, 'Success')).tells('webhook.recovered', { since: iso(2), at: iso(5) }).tellsNothing();
  });

  it('is over before it fails again', () => {
    given().attempts(attempt(1, 'Failed')).disabledBySystem(3).tells('webhook.disabled', {}).changed(4).attempts(attempt(5, 'Success'), attempt(6, 'Failed'))
      .tells('webhook.recovered', { at: iso(5) }).tells('webhook.failing', { at: iso(6) }).tellsNothing();
  });

  it('is no news after a week', () => {
    given().disabledBySystem(3).tellsNothing(at(3).getTime() + freshMs + 1);
  });
});

it('nothing but the host is told of a URL, which may hold a key', () => {
  const story = given().attempts(attempt(1, 'Failed'));
  story.tells('webhook.failing', { host: 'hooks.example.com:8443' });
  expect(story.id).toBeUndefined();
});
