import { describe, expect, it } from '@jest/globals';
import type { Cut, SeenRequest } from './evidence.ts';
import { explainRepeats } from './repeats.ts';

const ackWaitMs = 5_000;
const request = (receivedAt: number, port = 1): SeenRequest => ({ deliveryId: 'dlv_1', attempt: 1, receivedAt, port, status: 200 });
const explain = (requests: SeenRequest[], recordedAt: number | undefined, ...cuts: Cut[]) => explainRepeats(requests, recordedAt, cuts, ackWaitMs);

describe('an attempt that came twice', () => {
  it.each(['killed', 'stopped'] as const)('is explained by its worker having been %s while it was in flight', (what) => {
    expect(explain([request(1_000), request(9_000, 2)], 9_100, { what, at: 1_050, until: 2_000, ports: [7, 1] })).toEqual([what]);
  });

  it('is explained when its request was still in the worker\'s socket when the worker died', () => {
    expect(explain([request(1_060), request(9_000, 2)], 9_100, { what: 'killed', at: 1_050, until: 2_000, ports: [1] })).toEqual(['killed']);
  });

  it.each<[string, SeenRequest[], number | undefined, Cut[]]>([
    ['without any fault', [request(1_000), request(9_000, 2)], 9_100, []],
    ['when another worker died', [request(1_000), request(9_000, 2)], 9_100, [{ what: 'killed', at: 1_050, until: 2_000, ports: [3] }]],
    ['when it was on record before its worker died', [request(1_000), request(9_000, 2)], 1_020, [{ what: 'killed', at: 1_050, until: 2_000, ports: [1] }]],
    ['when the worker died after the repeat', [request(1_000), request(1_040, 2)], 1_100, [{ what: 'killed', at: 1_050, until: 2_000, ports: [1, 2] }]],
    ['when it was sent after the worker had been started again', [request(3_000), request(9_000, 2)], 9_100, [{ what: 'killed', at: 1_050, until: 2_000, ports: [1] }]],
    ['when it was recorded before NATS went away, and NATS has forgotten nothing', [request(1_000), request(9_000, 2)], 1_500, [{ what: 'cut off', at: 2_000, until: 8_000 }]],
    ['when it was recorded long before the server was killed', [request(1_000), request(9_000, 2)], 1_500, [{ what: 'forgotten', at: 4_000, until: 8_000 }]],
    ['when it was on record long before it was repeated', [request(1_900), request(19_000, 2)], 9_000, [{ what: 'cut off', at: 2_000, until: 8_000 }, { what: 'forgotten', at: 2_000, until: 8_000 }]],
    ['when it was sent after everybody was back', [request(8_500), request(8_900, 2)], 8_700, [{ what: 'cut off', at: 4_000, until: 8_000 }, { what: 'forgotten', at: 4_000, until: 8_000 }]],
    ['when it was sent long after everybody was back', [request(13_100), request(13_500, 2)], 13_300, [{ what: 'cut off', at: 2_000, until: 8_000 }]],
    ['when it was sent after NATS was back, and on record long before it was repeated', [request(8_500), request(14_000, 2)], 8_600, [{ what: 'cut off', at: 2_000, until: 8_000 }]],
  ])('is not explained %s', (_, requests, recordedAt, cuts) => {
    expect(explain(requests, recordedAt, ...cuts)).toEqual([undefined]);
  });

  it('is explained by NATS having been away from before its record until after its repeat', () => {
    expect(explain([request(1_900), request(9_000, 2)], 9_100, { what: 'cut off', at: 2_000, until: 8_000 })).toEqual(['cut off']);
    expect(explain([request(2_500), request(9_000, 2)], 8_900, { what: 'cut off', at: 2_000, until: 8_000 })).toEqual(['cut off']);
  });

  it('is explained by what a single server that was killed has forgotten', () => {
    expect(explain([request(1_000), request(9_000, 2)], 1_100, { what: 'forgotten', at: 1_200, until: 8_000 })).toEqual(['forgotten']);
  });
});

it('explains that a NATS that was away for longer than ack_wait gives a delivery to two workers when it is back', () => {
  expect(explain([request(8_500), request(8_900, 2)], 8_700, { what: 'cut off', at: 2_000, until: 8_000 })).toEqual(['given twice']);
});

it('gives the plainest of several causes', () => {
  const cuts: Cut[] = [{ what: 'cut off', at: 2_000, until: 8_000 }, { what: 'stopped', at: 8_550, until: 16_000, ports: [1] }];
  expect(explain([request(8_500), request(13_600, 2)], 13_700, ...cuts)).toEqual(['stopped']);
});

it('explains by one kill of a single server what was in flight and what was forgotten', () => {
  const thrice = [request(2_010), request(6_600, 2), request(7_400, 3)];
  expect(explain(thrice, 7_300, { what: 'cut off', at: 2_000, until: 9_000 }, { what: 'forgotten', at: 2_000, until: 9_000 })).toEqual(['cut off', 'forgotten']);
});

it('explains one repeat by one cut', () => {
  const killed = (at: number, port: number): Cut => ({ what: 'killed', at, until: at + 500, ports: [port] });
  const thrice = [request(1_000), request(7_000, 2), request(14_000, 3)];
  expect(explain(thrice, 14_100, killed(1_100, 1))).toEqual(['killed', undefined]);
  expect(explain(thrice, 14_100, killed(7_100, 2), killed(1_100, 1))).toEqual(['killed', 'killed']);
});
