import { describe, expect, it } from '@jest/globals';
import { InvalidEgressPolicyError, parseEgressPolicy, type EgressPolicyText } from './index.ts';

function faultsOf(text: EgressPolicyText): readonly string[] {
  try {
    parseEgressPolicy(text);
  } catch (error) {
    if (error instanceof InvalidEgressPolicyError) return error.faults;
    throw error;
  }
  return [];
}

describe('parseEgressPolicy', () => {
  it.each([undefined, {}, { allowedCidrs: '', allowedPorts: '' }, { allowedCidrs: ' ', allowedPorts: 'any' }])('opens nothing and narrows nothing for %p', (text) => {
    expect(parseEgressPolicy(text)).toEqual({ allowedCidrs: [], allowedPorts: 'any' });
  });

  it('reads ranges and ports', () => {
    const policy = parseEgressPolicy({ allowedCidrs: '127.0.0.0/8, ::1/128 ,\n10.0.0.5/32,0.0.0.0/0,::ffff:127.0.0.0/104', allowedPorts: '443, 8443' });
    expect(policy.allowedCidrs.map(({ text }) => text)).toEqual(['127.0.0.0/8', '::1/128', '10.0.0.5/32', '0.0.0.0/0', '::ffff:127.0.0.0/104']);
    expect(policy.allowedPorts).toEqual([443, 8443]);
  });

  it.each([
    'localhost', '127.0.0.1', '127.0.0.1/', '/8', '127.0.0.1/33', '::1/129', '127.0.0.1/-1', '127.0.0.1/8.0', '127.0.0.1/255.0.0.0', '127.1/8', '0177.0.0.0/8', '0x7f.0.0.0/8',
    '010.0.0.0/8', '256.0.0.0/8', 'fe80::%eth0/10', '[::1]/128', '::/0000', '10.0.0.0/08', '127.0.0.0/008', '::/00', '10.0.0.0/8/8', '10.0.0.0 /8', '*', '10.*/8',
  ])('refuses %p as a range', (range) => {
    expect(faultsOf({ allowedCidrs: range })).toEqual([`EGRESS_ALLOWED_CIDRS: "${range}" is not a range such as 10.0.0.0/8 or fd00::/8`]);
  });

  it.each(['10.0.0.1/8', '127.0.0.1/31', 'fd00::1/8', '0.0.0.1/0', '::ffff:127.0.0.1/104'])('refuses %p, which has bits behind its prefix', (range) => {
    expect(faultsOf({ allowedCidrs: range })).toEqual([`EGRESS_ALLOWED_CIDRS: "${range}" has bits behind its prefix; a single address ends in /32 or /128`]);
  });

  it.each(['0', '65536', '99999', '-1', '443.0', '0443', '0x1bb', 'https', '443-8443', '443 8443'])('refuses %p as a port', (port) => {
    expect(faultsOf({ allowedPorts: port })).toEqual([`EGRESS_ALLOWED_PORTS: "${port}" is not a port from 1 to 65535`]);
  });

  it('names every fault of both settings at once, an empty entry too', () => {
    expect(faultsOf({ allowedCidrs: '10.0.0.0/8,,x', allowedPorts: '443,any,' })).toEqual([
      'EGRESS_ALLOWED_CIDRS: "" is not a range such as 10.0.0.0/8 or fd00::/8',
      'EGRESS_ALLOWED_CIDRS: "x" is not a range such as 10.0.0.0/8 or fd00::/8',
      'EGRESS_ALLOWED_PORTS: "any" is not a port from 1 to 65535',
      'EGRESS_ALLOWED_PORTS: "" is not a port from 1 to 65535',
    ]);
  });
});
