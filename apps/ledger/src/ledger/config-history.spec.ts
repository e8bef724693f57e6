import { describe, expect, it } from '@jest/globals';
import type { EndpointEvent, EventType } from '@cepro/contracts';
import { ConfigHistory } from './config-history.ts';

const at = '2026-03-08T14:30:00.000Z';
const created = (events: EventType[], active = true): EndpointEvent => ({ type: 'created', at, url: 'https://a.example', events, active, description: null, sealedSecret: 's' });

/** A history of these changes, with versions from 1 on. */
function given(...changes: [accountId: string, endpointId: string, ...events: EndpointEvent[]][]): ConfigHistory {
  const history = new ConfigHistory();
  changes.forEach(([accountId, endpointId, ...events], index) => history.apply({ accountId, endpointId, version: index + 1, events }));
  return history;
}

describe('ConfigHistory', () => {
  const history = given(
    ['a', 'one', created(['invoice.paid'])],
    ['a', 'two', created(['invoice.paid'], false)],
    ['b', 'other', created(['invoice.paid'])],
    ['a', 'one', { type: 'changed', at, events: ['lead.created'] }],
    ['a', 'two', { type: 'enabled', at }],
    ['a', 'one', { type: 'secret_sealed', at, sealedSecret: 't' }],
  );

  it.each<[number, EventType, string[]]>([
    [0, 'invoice.paid', []], [1, 'invoice.paid', ['one']], [3, 'invoice.paid', ['one']], [4, 'invoice.paid', []], [4, 'lead.created', ['one']],
    [5, 'invoice.paid', ['two']], [99, 'lead.created', ['one']],
  ])('as of version %i, %s goes to %j', (version, type, expected) => {
    expect(history.matching('a', type, version)).toEqual(expected);
    for (const endpointId of ['one', 'two']) expect(history.isWarranted('a', endpointId, type, version)).toBe(expected.includes(endpointId));
  });

  it('keeps accounts apart', () => {
    expect(history.matching('b', 'invoice.paid', 9)).toEqual(['other']);
    expect(history.isWarranted('a', 'other', 'invoice.paid', 9)).toBe(false);
    expect(history.matching('nobody', 'invoice.paid', 9)).toEqual([]);
  });

  it('expects nothing more of what was deleted, and holds nothing against it', () => {
    const gone = given(['a', 'one', created(['invoice.paid'])], ['a', 'one', { type: 'deleted', at }], ['a', 'one', { type: 'enabled', at }]);
    expect(gone.matching('a', 'invoice.paid', 1)).toEqual([]);
    expect(gone.isDeleted('one')).toBe(true);
    expect(gone.isWarranted('a', 'one', 'lead.created', 1)).toBe(true);
  });
});
