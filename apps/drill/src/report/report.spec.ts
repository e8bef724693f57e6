import { describe, expect, it } from '@jest/globals';
import { audit } from '../audit/audit.ts';
import type { Evidence } from '../audit/evidence.ts';
import type { PhaseResult } from '../phase.ts';
import { details, findingCount, reportJson, table, verdict } from './report.ts';

const evidence: Evidence = {
  published: [], events: [], endpoints: [], scheduled: [], attempts: [], cancelled: [], logDeliveries: [], logAttempts: [], cuts: [], ackWaitMs: 5_000,
  requests: [{ deliveryId: 'dlv_1', attempt: 1, receivedAt: 1, port: 2, status: 200 }],
};
const phase = (over: Partial<PhaseResult> = {}): PhaseResult => ({
  name: 'one server', seconds: 60, faults: { kill: 3, pause: 1, restart: 2 }, changesLost: [], unaccounted: [], incidents: [], publishRetries: 4, evidence,
  audit: audit({ ...evidence, requests: [] }), ...over,
});
const bad = phase({ audit: audit(evidence), incidents: ['log-query ended by itself'] });

describe('a report', () => {
  it('of a run without a finding says so', () => {
    expect(findingCount([phase(), phase()])).toBe(0);
    expect(details([phase()])).toEqual([]);
    expect(verdict(7, [phase(), phase()])).toBe('Seed 7, 6 kills: nothing lost, nothing doubled without a reason.');
  });

  it('names what was found', () => {
    expect(findingCount([phase(), bad])).toBe(2);
    expect(details([bad])).toEqual(['one server: requests that arrived and are not on record: dlv_1:1', 'one server: log-query ended by itself']);
    expect(verdict(7, [bad])).toBe('Seed 7, 3 kills: 2 findings.');
  });

  it('has a column for each phase', () => {
    const lines = table([phase(), bad]).split('\n');
    expect(lines.find((line) => line.includes('kill -9'))).toMatch(/kill -9 +3 +3$/);
    expect(lines.find((line) => line.includes('requests that arrived and'))).toMatch(/ 0 +1$/);
  });

  it('tells programs all that is known of what was found', () => {
    const report = { seed: 7, form: 'short', startedAt: '', endedAt: '', phases: [bad] };
    expect(JSON.parse(reportJson(report))).toMatchObject({ seed: 7, findings: 2, phases: [{ name: 'one server', requests: evidence.requests, audit: { findings: { unrecorded: ['dlv_1:1'] } } }] });
  });
});
