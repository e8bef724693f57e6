import { describe, expect, it } from '@jest/globals';
import { checkAddress, parseEgressPolicy } from './index.ts';
import { specialRanges } from './special-ranges.ts';

const closed = parseEgressPolicy();

/** Range, first and last address, and the public neighbours of both where there are any. */
const ranges: readonly (readonly [range: string, first: string, last: string, before: string | null, after: string | null])[] = [
  // IANA IPv4 special-purpose registry, and multicast.
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
  ['0.0.0.0/32', '0.0.0.0', '0.0.0.0', null, null],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.0.0/29', '192.0.0.0', '192.0.0.7', '191.255.255.255', null],
  ['192.0.0.8/32', '192.0.0.8', '192.0.0.8', null, null],
  ['192.0.0.9/32', '192.0.0.9', '192.0.0.9', null, null],
  ['192.0.0.10/32', '192.0.0.10', '192.0.0.10', null, null],
  ['192.0.0.170/31', '192.0.0.170', '192.0.0.171', null, null],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0/24', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0/24', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.88.99.2/32', '192.88.99.2', '192.88.99.2', null, null],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0/24', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', '223.255.255.255', null],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255', null, null],
  ['255.255.255.255/32', '255.255.255.255', '255.255.255.255', null, null],
  // IANA IPv6 special-purpose registry, and what else is set aside.
  ['::/128', '::', '::', null, null],
  ['::1/128', '::1', '::1', null, null],
  ['::/96', '::', '::ffff:ffff', null, null],
  ['::ffff:0:0/96', '::ffff:0:0', '::ffff:ffff:ffff', null, null],
  ['::ffff:0:0:0/96', '::ffff:0:0:0', '::ffff:0:ffff:ffff', null, null],
  ['64:ff9b:1::/48', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', null, null],
  ['100::/64', '100::', '100::ffff:ffff:ffff:ffff', null, null],
  ['100:0:0:1::/64', '100:0:0:1::', '100::1:ffff:ffff:ffff:ffff', null, null],
  ['2001::/23', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
  ['2001::/32', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null],
  ['2001:1::1/128', '2001:1::1', '2001:1::1', null, null],
  ['2001:1::2/128', '2001:1::2', '2001:1::2', null, null],
  ['2001:1::3/128', '2001:1::3', '2001:1::3', null, null],
  ['2001:2::/48', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:3::/32', '2001:3::', '2001:3:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:4:112::/48', '2001:4:112::', '2001:4:112:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:10::/28', '2001:10::', '2001:1f:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:20::/28', '2001:20::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:30::/28', '2001:30::', '2001:3f:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
  ['2002::/16', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
  ['2620:4f:8000::/48', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:7fff:ffff:ffff:ffff:ffff:ffff', '2620:4f:8001::'],
  ['3ffe::/16', '3ffe::', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null],
  ['3fff::/20', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', null, '3fff:1000::'],
  ['5f00::/16', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['fc00::/7', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['fe80::/10', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['fec0::/10', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
  ['ff00::/8', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, null],
];

describe('the table of special ranges', () => {
  it('is tested range by range below', () => {
    const tested = [...ranges.map(([range]) => range), '64:ff9b::/96'];
    expect(tested.toSorted()).toEqual(specialRanges.map(({ cidr }) => cidr).toSorted());
  });

  it.each(ranges)('refuses %s from %s to %s and nothing beside it', (_range, first, last, before, after) => {
    expect(checkAddress(first, closed)).toMatchObject({ code: 'address-not-global' });
    expect(checkAddress(last, closed)).toMatchObject({ code: 'address-not-global' });
    if (before !== null) expect(checkAddress(before, closed)).toBeUndefined();
    if (after !== null) expect(checkAddress(after, closed)).toBeUndefined();
  });
});

describe('checkAddress', () => {
  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '223.255.255.255', '2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001::1', '2000::', '2C0F:FEB1::1'])(
    'lets %s pass',
    (ip) => expect(checkAddress(ip, closed)).toBeUndefined(),
  );

  it.each(['1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '4000::', '200::1', '64:ff9a::1', '64:ff9b:0:1::1', '101::', '8000::1', 'fbff::1', 'fe00::1'])(
    'refuses %s, which no registry lists but which is outside 2000::/3',
    (ip) => expect(checkAddress(ip, closed)?.detail).toContain('outside 2000::/3'),
  );

  it.each([
    ['IPv4-compatible', '::10.0.0.1'],
    ['IPv4-compatible, a public one', '::8.8.8.8'],
    ['IPv4-mapped', '::ffff:10.0.0.1'],
    ['IPv4-mapped, in hexadecimal', '::ffff:a00:1'],
    ['IPv4-mapped, a public one', '::ffff:8.8.8.8'],
    ['IPv4-mapped, written in full', '0000:0000:0000:0000:0000:FFFF:7F00:0001'],
    ['IPv4-translated', '::ffff:0:10.0.0.1'],
    ['IPv4-translated, a public one', '::ffff:0:8.8.8.8'],
    ['NAT64 to loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 to a private address', '64:ff9b::a00:1'],
    ['NAT64 to the shared space', '64:ff9b::100.64.0.1'],
    ['NAT64 to 0.0.0.0', '64:ff9b::'],
    ['NAT64 to broadcast', '64:ff9b::ffff:ffff'],
    ['NAT64 for local use, to a public address', '64:ff9b:1::8.8.8.8'],
    ['6to4 of a private address', '2002:a00:1::1'],
    ['6to4 of a public address', '2002:808:808::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['ISATAP with a private address', '2a00:1450:4001:800:0:5efe:10.0.0.1'],
    ['ISATAP with a private address, globally unique', '2a00:1450:4001:800:200:5efe:c0a8:1'],
    ['ISATAP under link-local', 'fe80::5efe:8.8.8.8'],
  ])('refuses an IPv4 address inside IPv6: %s', (_form, ip) => {
    expect(checkAddress(ip, closed)).toMatchObject({ code: 'address-not-global' });
  });

  it.each([
    ['NAT64 to a public address', '64:ff9b::8.8.8.8'],
    ['ISATAP with a public address', '2a00:1450:4001:800:0:5efe:8.8.8.8'],
  ])('judges by the IPv4 address inside: %s passes', (_form, ip) => {
    expect(checkAddress(ip, closed)).toBeUndefined();
  });

  it.each([
    '', ' ', 'localhost', 'example.com', '127.1', '0177.0.0.1', '010.0.0.1', '0x7f.0.0.1', '2130706433', '8.8.8.8 ', ' 8.8.8.8', '8.8.8', '8.8.8.8.8',
    '8.8.8.256', '8.8.8.08', '8.8.8.8/32', '8.8.8.8:443', '[2606:4700::1]', '2606:4700::1%eth0', '2606:4700::1%', 'fe80::1%1', '2606:4700:::1', '12345::', ':', '１.1.1.1',
  ])('refuses %p, which is no address in its usual spelling', (text) => {
    expect(checkAddress(text, closed)?.detail).toContain('not an IP address');
  });

  it.each([undefined, null, 134744072, {}, ['8.8.8.8']])('refuses %p, which is not text', (value) => {
    expect(checkAddress(value as unknown as string, closed)).toMatchObject({ code: 'address-not-global' });
  });

  it('names what an address is by its narrowest block', () => {
    expect(checkAddress('10.1.2.3', closed)?.detail).toBe('"10.1.2.3" is not a public address: Private-Use (RFC 1918)');
    expect(checkAddress('::1', closed)?.detail).toContain('Loopback Address (RFC 4291)');
    expect(checkAddress('64:ff9b::7f00:1', closed)?.detail).toContain('it carries an IPv4 address, Loopback (RFC 1122)');
  });
});

describe('cloud metadata addresses', () => {
  const everything = parseEgressPolicy({ allowedCidrs: '0.0.0.0/0, ::/0' });
  const one = parseEgressPolicy({ allowedCidrs: '169.254.169.254/32, 168.63.129.16/32' });

  it.each([
    '169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe',
    // The same, carried by IPv6 addresses.
    '::169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::ffff:0:169.254.169.254', '64:ff9b::169.254.169.254', '64:ff9b::168.63.129.16',
    '2002:a9fe:a9fe::', '2002:a83f:8110::1', '2001:0:a9fe:a9fe::', '2001:0:808:808:0:0:5601:5601', '2a00:1450::5efe:169.254.169.254',
    // NAT64 for local use, with the address in each place of RFC 6052, 2.2: 96, 48, 56 and 64 bits of prefix.
    '64:ff9b:1::169.254.169.254', '64:ff9b:1:a9fe:a9:fe00::', '64:ff9b:1:a9:fe:a9fe::', '64:ff9b:1:0:a9:fea9:fe00:0',
  ])('refuses %s, whatever is opened', (ip) => {
    expect(checkAddress(ip, closed)?.detail).toContain('cloud metadata');
    expect(checkAddress(ip, everything)?.detail).toContain('cloud metadata');
    expect(checkAddress(ip, one)?.detail).toContain('cloud metadata');
  });

  it('refuses nothing beside them', () => {
    expect(checkAddress('168.63.129.15', closed)).toBeUndefined();
    expect(checkAddress('168.63.129.17', closed)).toBeUndefined();
    expect(checkAddress('169.254.169.252', everything)).toBeUndefined();
  });
});

describe('opened ranges', () => {
  const policy = parseEgressPolicy({ allowedCidrs: '127.0.0.0/8, 10.1.0.0/16, fd12::/16, 64:ff9b:1::/48' });

  it.each(['127.0.0.1', '127.255.255.255', '10.1.0.0', '10.1.255.255', 'fd12::1', '8.8.8.8', '64:ff9b::127.0.0.1', '64:ff9b:1::10.9.9.9'])('let %s pass', (ip) => {
    expect(checkAddress(ip, policy)).toBeUndefined();
  });

  it.each(['10.0.255.255', '10.2.0.0', '192.168.0.1', '::1', 'fd13::1', '::ffff:127.0.0.1', '::127.0.0.1', '::ffff:0:127.0.0.1', '2002:7f00:1::1', '64:ff9b::10.2.0.0'])(
    'do not let %s pass',
    (ip) => expect(checkAddress(ip, policy)).toMatchObject({ code: 'address-not-global' }),
  );
});
