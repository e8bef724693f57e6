import { describe, expect, it } from '@jest/globals';
import { checkUrl, parseEgressPolicy, type RefusalCode } from './index.ts';

const closed = parseEgressPolicy();

function codeOf(url: unknown, policy = closed): RefusalCode | 'accepted' {
  const verdict = checkUrl(url, policy);
  return verdict.ok ? 'accepted' : verdict.refusal.code;
}

/** Why, the URL, and the rule that it breaks. */
const hostile: readonly (readonly [why: string, url: unknown, code: RefusalCode])[] = [
  // Not a URL at all.
  ['nothing', '', 'url-malformed'],
  ['undefined', undefined, 'url-malformed'],
  ['null', null, 'url-malformed'],
  ['a number', 443, 'url-malformed'],
  ['a list', ['https://example.com/'], 'url-malformed'],
  ['a URL object, which could change after the check', new URL('https://example.com/'), 'url-malformed'],
  ['an object that turns into text', { toString: () => 'https://example.com/' }, 'url-malformed'],
  ['no scheme', 'example.com/hook', 'url-malformed'],
  ['no scheme but slashes', '//example.com/hook', 'url-malformed'],
  ['a path', '/hook', 'url-malformed'],
  ['no host', 'https://', 'url-malformed'],
  ['no host but a path', 'https:///hook', 'url-malformed'],
  ['no host but a port', 'https://:443/', 'url-malformed'],
  ['no host but a query', 'https://?x', 'url-malformed'],
  ['no slashes', 'https:example.com', 'url-malformed'],
  ['one slash', 'https:/example.com', 'url-malformed'],
  ['three slashes', 'https:///example.com', 'url-malformed'],
  ['four slashes', 'https:////127.0.0.1/', 'url-malformed'],
  ['2049 characters', `https://example.com/${'a'.repeat(2029)}`, 'url-malformed'],
  ['2049 characters once encoded', `https://example.com/${'é'.repeat(500)}`, 'url-malformed'],
  ['half a surrogate pair', 'https://example.com/\ud800', 'url-malformed'],
  // Characters that parsers drop or turn around.
  ['a space before', ' https://example.com/', 'url-malformed'],
  ['a space after', 'https://example.com/ ', 'url-malformed'],
  ['a space in the path', 'https://example.com/a b', 'url-malformed'],
  ['a tab in the host', 'https://exam\tple.com/', 'url-malformed'],
  ['a line break in the scheme', 'ht\ntps://example.com/', 'url-malformed'],
  ['a line break for a header', 'https://example.com/\r\nX-Injected: 1', 'url-malformed'],
  ['a NUL', 'https://example.com\u0000.evil.com/', 'url-malformed'],
  ['a DEL', 'https://example.com/\u007f', 'url-malformed'],
  ['a no-break space', 'https://example.com/\u00a0', 'url-malformed'],
  ['a byte order mark', '\ufeffhttps://example.com/', 'url-malformed'],
  ['a zero-width space', 'https://exam\u200bple.com/', 'url-malformed'],
  ['a soft hyphen', 'https://local\u00adhost/', 'url-malformed'],
  ['a right-to-left override', 'https://example.com/\u202egpj.exe', 'url-malformed'],
  ['a line separator', 'https://example.com/\u2028', 'url-malformed'],
  ['backslashes for slashes', 'https:\\\\127.0.0.1\\', 'url-malformed'],
  ['a backslash before the real host', 'https://example.com\\@127.0.0.1/', 'url-malformed'],
  ['a backslash in the path', 'https://example.com/\\evil', 'url-malformed'],
  // Another scheme.
  ['http', 'http://example.com/', 'url-not-https'],
  ['http to an internal address', 'http://169.254.169.254/latest/meta-data/', 'url-not-https'],
  ['http in upper case', 'HTTP://EXAMPLE.COM/', 'url-not-https'],
  ['ftp', 'ftp://example.com/', 'url-not-https'],
  ['file', 'file:///etc/passwd', 'url-not-https'],
  ['gopher, which can speak any protocol', 'gopher://example.com:6379/_FLUSHALL', 'url-not-https'],
  ['a web socket', 'wss://example.com/', 'url-not-https'],
  ['javascript', 'javascript:alert(1)', 'url-not-https'],
  ['data', 'data:text/plain,hello', 'url-not-https'],
  ['blob', 'blob:https://example.com/1', 'url-not-https'],
  ['a scheme that begins alike', 'httpss://example.com/', 'url-not-https'],
  // Credentials.
  ['a user and a password', 'https://user:secret@example.com/', 'url-credentials'],
  ['a user', 'https://user@example.com/', 'url-credentials'],
  ['a password', 'https://:secret@example.com/', 'url-credentials'],
  ['an empty user', 'https://@example.com/', 'url-credentials'],
  ['an empty user and password', 'https://:@example.com/', 'url-credentials'],
  ['a public name as user of an internal host', 'https://example.com@127.0.0.1/', 'url-credentials'],
  ['a public name and port as credentials', 'https://example.com:443@127.0.0.1/', 'url-credentials'],
  ['two at signs', 'https://a@example.com@127.0.0.1/', 'url-credentials'],
  ['an encoded slash in the user', 'https://example.com%2f@127.0.0.1/', 'url-credentials'],
  // Ports.
  ['port 0', 'https://example.com:0/', 'url-port'],
  ['port 0 with more zeros', 'https://example.com:0000/', 'url-port'],
  ['a port that is too large', 'https://example.com:65536/', 'url-malformed'],
  ['a port that would wrap around', 'https://example.com:66979/', 'url-malformed'],
  ['a negative port', 'https://example.com:-443/', 'url-malformed'],
  ['a port that is no number', 'https://example.com:https/', 'url-malformed'],
  ['two ports', 'https://example.com:443:80/', 'url-malformed'],
  // Hosts that are neither names nor addresses.
  ['an empty label', 'https://example..com/', 'url-malformed'],
  ['a full stop in front', 'https://.example.com/', 'url-malformed'],
  ['two full stops at the end', 'https://example.com../', 'url-malformed'],
  ['a full stop alone', 'https://./', 'url-malformed'],
  ['a label of 64 characters', `https://${'a'.repeat(64)}.com/`, 'url-malformed'],
  ['a name of 254 characters', `https://${'a23456789.'.repeat(25)}abcd/`, 'url-malformed'],
  ['a hyphen in front', 'https://-example.com/', 'url-malformed'],
  ['a hyphen at the end of a label', 'https://example-.com/', 'url-malformed'],
  ['a star', 'https://*.example.com/', 'url-malformed'],
  ['a dollar sign', 'https://$HOME.example.com/', 'url-malformed'],
  ['a quotation mark', 'https://example.com".evil.com/', 'url-malformed'],
  ['an encoded at sign in the host', 'https://example.com%40127.0.0.1/', 'url-malformed'],
  ['an encoded NUL in the host', 'https://127.0.0.1%00.example.com/', 'url-malformed'],
  ['an encoded slash in the host', 'https://127.0.0.1%2f.example.com/', 'url-malformed'],
  ['an address with a number too many', 'https://1.2.3.4.5/', 'url-malformed'],
  ['an address with a number too large', 'https://256.256.256.256/', 'url-malformed'],
  ['a decimal address that is too large', 'https://4294967296/', 'url-malformed'],
  ['a name whose last label is a number', 'https://example.0x7f/', 'url-malformed'],
  ['IPv6 without brackets', 'https://::1/', 'url-malformed'],
  ['IPv6 with an open bracket', 'https://[::1/', 'url-malformed'],
  ['IPv6 with a zone', 'https://[fe80::1%25eth0]/', 'url-malformed'],
  ['IPv6 with a zone, not encoded', 'https://[fe80::1%eth0]/', 'url-malformed'],
  ['IPv4 in brackets', 'https://[127.0.0.1]/', 'url-malformed'],
  ['an IPvFuture address', 'https://[v1.fe80::1]/', 'url-malformed'],
  // This machine, in every spelling.
  ['loopback', 'https://127.0.0.1/', 'address-not-global'],
  ['loopback on a port', 'https://127.0.0.1:8443/admin', 'address-not-global'],
  ['another loopback address', 'https://127.8.8.8/', 'address-not-global'],
  ['loopback with a full stop', 'https://127.0.0.1./', 'address-not-global'],
  ['loopback in short', 'https://127.1/', 'address-not-global'],
  ['loopback in three parts', 'https://127.0.1/', 'address-not-global'],
  ['loopback in decimal', 'https://2130706433/', 'address-not-global'],
  ['loopback in octal', 'https://0177.0.0.1/', 'address-not-global'],
  ['loopback in one octal number', 'https://017700000001/', 'address-not-global'],
  ['loopback in hexadecimal', 'https://0x7f.0.0.1/', 'address-not-global'],
  ['loopback in one hexadecimal number', 'https://0x7f000001/', 'address-not-global'],
  ['loopback in upper-case hexadecimal', 'https://0X7F000001/', 'address-not-global'],
  ['loopback in mixed bases', 'https://0x7f.1/', 'address-not-global'],
  ['loopback with leading zeros', 'https://127.000.000.001/', 'address-not-global'],
  ['loopback in full-width digits', 'https://１２７．０．０．１/', 'address-not-global'],
  ['loopback with ideographic full stops', 'https://127。0。0。1/', 'address-not-global'],
  ['loopback in circled digits', 'https://①②⑦.⓪.⓪.①/', 'address-not-global'],
  ['loopback in mathematical digits', 'https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/', 'address-not-global'],
  ['loopback, percent-encoded', 'https://%31%32%37%2e0%2e0%2e1/', 'address-not-global'],
  ['loopback in IPv6', 'https://[::1]/', 'address-not-global'],
  ['loopback in IPv6, in full', 'https://[0000:0000:0000:0000:0000:0000:0000:0001]/', 'address-not-global'],
  ['loopback in IPv6, with an IPv4 tail', 'https://[::0.0.0.1]/', 'address-not-global'],
  ['the unspecified address', 'https://0.0.0.0/', 'address-not-global'],
  ['the unspecified address in short', 'https://0/', 'address-not-global'],
  ['the unspecified address in IPv6', 'https://[::]/', 'address-not-global'],
  ['localhost', 'https://localhost/', 'host-internal'],
  ['localhost on a port', 'https://localhost:8443/', 'host-internal'],
  ['localhost in upper case', 'https://LOCALHOST/', 'host-internal'],
  ['localhost with a full stop', 'https://localhost./', 'host-internal'],
  ['localhost with an ideographic full stop', 'https://localhost。/', 'host-internal'],
  ['localhost in full-width letters', 'https://ｌｏｃａｌｈｏｓｔ/', 'host-internal'],
  ['localhost in circled letters', 'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/', 'host-internal'],
  ['localhost with a long s', 'https://localhoſt/', 'host-internal'],
  ['localhost, percent-encoded', 'https://%6cocalhost/', 'host-internal'],
  ['a name below localhost', 'https://hooks.example.com.localhost/', 'host-internal'],
  ['localhost.localdomain', 'https://localhost.localdomain/', 'host-internal'],
  ['localhost4', 'https://localhost4/', 'host-internal'],
  ['localhost6.localdomain6', 'https://localhost6.localdomain6/', 'host-internal'],
  ['ip6-localhost', 'https://ip6-localhost/', 'host-internal'],
  ['ip6-loopback', 'https://ip6-loopback/', 'host-internal'],
  // Networks that are not public.
  ['a private network of class A', 'https://10.0.0.1/', 'address-not-global'],
  ['a private network of class A, encoded in two parts', 'https://10.1/', 'address-not-global'],
  ['a private network of class B', 'https://172.16.0.1/', 'address-not-global'],
  ['a private network of class C', 'https://192.168.1.1/', 'address-not-global'],
  ['a private network in decimal', 'https://3232235777/', 'address-not-global'],
  ['the shared space of carriers', 'https://100.64.0.1/', 'address-not-global'],
  ['link-local', 'https://169.254.1.1/', 'address-not-global'],
  ['multicast', 'https://224.0.0.1/', 'address-not-global'],
  ['reserved', 'https://240.0.0.1/', 'address-not-global'],
  ['broadcast', 'https://255.255.255.255/', 'address-not-global'],
  ['broadcast in decimal', 'https://4294967295/', 'address-not-global'],
  ['benchmarking', 'https://198.18.0.1/', 'address-not-global'],
  ['documentation', 'https://192.0.2.1/', 'address-not-global'],
  ['protocol assignments', 'https://192.0.0.8/', 'address-not-global'],
  ['unique local', 'https://[fd00::1]/', 'address-not-global'],
  ['link-local in IPv6', 'https://[fe80::1]/', 'address-not-global'],
  ['site-local in IPv6', 'https://[fec0::1]/', 'address-not-global'],
  ['multicast in IPv6', 'https://[ff02::1]/', 'address-not-global'],
  ['documentation in IPv6', 'https://[2001:db8::1]/', 'address-not-global'],
  ['outside the global unicast space', 'https://[4000::1]/', 'address-not-global'],
  // IPv4 inside IPv6.
  ['IPv4-mapped loopback', 'https://[::ffff:127.0.0.1]/', 'address-not-global'],
  ['IPv4-mapped loopback in hexadecimal', 'https://[::ffff:7f00:1]/', 'address-not-global'],
  ['IPv4-mapped public address', 'https://[::ffff:8.8.8.8]/', 'address-not-global'],
  ['IPv4-compatible loopback', 'https://[::127.0.0.1]/', 'address-not-global'],
  ['IPv4-translated private address', 'https://[::ffff:0:10.0.0.1]/', 'address-not-global'],
  ['NAT64 to a private address', 'https://[64:ff9b::10.0.0.1]/', 'address-not-global'],
  ['NAT64 for local use', 'https://[64:ff9b:1::10.0.0.1]/', 'address-not-global'],
  ['6to4 of a private address', 'https://[2002:c0a8:101::1]/', 'address-not-global'],
  ['Teredo', 'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'address-not-global'],
  ['ISATAP with a private address', 'https://[2a00:1450::5efe:10.0.0.1]/', 'address-not-global'],
  // Cloud metadata.
  ['metadata of most clouds', 'https://169.254.169.254/latest/meta-data/iam/', 'address-not-global'],
  ['metadata in decimal', 'https://2852039166/', 'address-not-global'],
  ['metadata in hexadecimal', 'https://0xa9fea9fe/', 'address-not-global'],
  ['metadata in octal', 'https://0251.0376.0251.0376/', 'address-not-global'],
  ['metadata in IPv4-mapped form', 'https://[::ffff:a9fe:a9fe]/', 'address-not-global'],
  ['metadata through NAT64', 'https://[64:ff9b::a9fe:a9fe]/', 'address-not-global'],
  ['metadata of AWS in IPv6', 'https://[fd00:ec2::254]/', 'address-not-global'],
  ['metadata of Alibaba Cloud', 'https://100.100.100.200/', 'address-not-global'],
  ['WireServer of Azure, a public address', 'https://168.63.129.16/', 'address-not-global'],
  ['metadata of Google Cloud by name', 'https://metadata.google.internal/', 'host-internal'],
  ['the same with a full stop', 'https://metadata.google.internal./', 'host-internal'],
  ['the same in mixed case', 'https://Metadata.Google.INTERNAL/', 'host-internal'],
  ['metadata of Google Cloud by its other name', 'https://metadata.goog/', 'host-internal'],
  ['metadata in short', 'https://metadata/', 'host-internal'],
  ['metadata of AWS by name', 'https://instance-data/', 'host-internal'],
  ['metadata of AWS by its long name', 'https://instance-data.ec2.internal/', 'host-internal'],
  ['metadata of Azure by name', 'https://metadata.azure.com/', 'host-internal'],
  ['metadata of IBM Cloud by name', 'https://api.metadata.cloud.ibm.com/', 'host-internal'],
  ['a name below a metadata name', 'https://x.metadata.tencentyun.com/', 'host-internal'],
  // Names inside networks.
  ['a single label', 'https://intranet/', 'host-internal'],
  ['a single label with a full stop', 'https://kubernetes./', 'host-internal'],
  ['a top-level domain', 'https://com/', 'host-internal'],
  ['multicast DNS', 'https://printer.local/', 'host-internal'],
  ['a service of Kubernetes', 'https://kubernetes.default.svc.cluster.local/', 'host-internal'],
  ['a service of Kubernetes in short', 'https://postgres.webhooks.svc/', 'host-internal'],
  ['Consul', 'https://vault.service.consul/', 'host-internal'],
  ['Docker', 'https://host.docker.internal/', 'host-internal'],
  ['an intranet', 'https://wiki.intranet/', 'host-internal'],
  ['a home network', 'https://router.home.arpa/', 'host-internal'],
  ['a home network by an older name', 'https://nas.home/', 'host-internal'],
  ['a local network', 'https://nas.lan/', 'host-internal'],
  ['a company network', 'https://dc01.corp/', 'host-internal'],
  ['a private domain', 'https://db.private/', 'host-internal'],
  ['a local domain', 'https://db.localdomain/', 'host-internal'],
  ['a reverse zone', 'https://1.0.0.127.in-addr.arpa/', 'host-internal'],
  ['a name for tests', 'https://hooks.test/', 'host-internal'],
  ['an invalid name', 'https://hooks.invalid/', 'host-internal'],
  ['an onion service', 'https://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/', 'host-internal'],
];

describe('checkUrl', () => {
  it('is tried with more than a hundred hostile URLs, each of them once', () => {
    expect(hostile.length).toBeGreaterThan(100);
    expect(new Set(hostile.map(([why]) => why)).size).toBe(hostile.length);
  });

  it.each(hostile)('refuses %s', (_why, url, code) => {
    expect(codeOf(url)).toBe(code);
  });

  it.each([
    ['a host alone', 'https://example.com', 'https://example.com/'],
    ['a path', 'https://example.com/webhooks/cepro', 'https://example.com/webhooks/cepro'],
    ['a tunnel', 'https://abc123.ngrok.io/webhooks/cepro', 'https://abc123.ngrok.io/webhooks/cepro'],
    ['a query', 'https://hooks.example.com/catch?token=a%20b&x=1', 'https://hooks.example.com/catch?token=a%20b&x=1'],
    ['an at sign in the path', 'https://example.com/@team/hook', 'https://example.com/@team/hook'],
    ['an at sign in the query', 'https://example.com?to=me@example.com', 'https://example.com/?to=me@example.com'],
    ['a fragment, which is dropped', 'https://example.com/hook#top', 'https://example.com/hook'],
    ['the default port, which is dropped', 'https://example.com:443/', 'https://example.com/'],
    ['an empty port, which is dropped', 'https://example.com:/', 'https://example.com/'],
    ['another port', 'https://example.com:8443/', 'https://example.com:8443/'],
    ['the highest port', 'https://example.com:65535/', 'https://example.com:65535/'],
    ['upper case, but not in the path', 'HTTPS://Hooks.EXAMPLE.com/Path', 'https://hooks.example.com/Path'],
    ['a full stop after the host', 'https://example.com./hook', 'https://example.com/hook'],
    ['dots in the path, which are resolved', 'https://example.com/a/../b', 'https://example.com/b'],
    ['a name beyond ASCII', 'https://bücher.example.com/', 'https://xn--bcher-kva.example.com/'],
    ['the same in Punycode', 'https://xn--bcher-kva.example.com/', 'https://xn--bcher-kva.example.com/'],
    ['another script', 'https://清掃.example.com/webhook', 'https://xn--hyuu7u.example.com/webhook'],
    ['a path beyond ASCII', 'https://example.com/é', 'https://example.com/%C3%A9'],
    ['an underscore', 'https://my_app.example.com/', 'https://my_app.example.com/'],
    ['digits and hyphens', 'https://r3---a1.1password.com/', 'https://r3---a1.1password.com/'],
    ['a label of 63 characters', `https://${'a'.repeat(63)}.com/`, `https://${'a'.repeat(63)}.com/`],
    ['a name of 253 characters', `https://${'a23456789.'.repeat(25)}abc/`, `https://${'a23456789.'.repeat(25)}abc/`],
    ['2048 characters', `https://example.com/${'a'.repeat(2028)}`, `https://example.com/${'a'.repeat(2028)}`],
    ['a public IPv4 address', 'https://8.8.8.8/', 'https://8.8.8.8/'],
    ['a public IPv4 address in decimal, which is spelt out', 'https://134744072/', 'https://8.8.8.8/'],
    ['a public IPv6 address', 'https://[2606:4700:4700:0:0:0:0:1111]:8443/', 'https://[2606:4700:4700::1111]:8443/'],
    ['a public address through NAT64', 'https://[64:ff9b::8.8.8.8]/', 'https://[64:ff9b::808:808]/'],
    ['a name that contains localhost', 'https://localhost.example.com/', 'https://localhost.example.com/'],
    ['a name that ends like localhost', 'https://mylocalhost.com/', 'https://mylocalhost.com/'],
    ['a name that contains an internal one', 'https://internal.example.com/', 'https://internal.example.com/'],
    ['a name that ends like an internal one', 'https://nonlocal.com/', 'https://nonlocal.com/'],
    ['a name that contains an address, which only DNS can tell', 'https://127.0.0.1.nip.io/', 'https://127.0.0.1.nip.io/'],
  ])('accepts %s', (_what, url, expected) => {
    const verdict = checkUrl(url, closed);
    expect(verdict).toMatchObject({ ok: true });
    if (verdict.ok) expect(verdict.url.href).toBe(expected);
  });

  it('gives back a URL that it accepts again, unchanged', () => {
    const verdict = checkUrl('HTTPS://Bücher.Example.COM.:443/é?q#f', closed);
    if (!verdict.ok) throw new Error(verdict.refusal.detail);
    expect(checkUrl(verdict.url.href, closed)).toEqual(verdict);
  });

  it('does not repeat what it could not read', () => {
    const verdict = checkUrl('https://user:hunter2@example.com/', closed);
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  });
});

describe('checkUrl with a configuration', () => {
  it('allows only the ports that are listed', () => {
    const policy = parseEgressPolicy({ allowedPorts: '443,8443' });
    expect(codeOf('https://example.com/', policy)).toBe('accepted');
    expect(codeOf('https://example.com:8443/', policy)).toBe('accepted');
    expect(codeOf('https://example.com:8444/', policy)).toBe('url-port');
    expect(codeOf('https://example.com:0/', policy)).toBe('url-port');
    expect(codeOf('https://example.com/', parseEgressPolicy({ allowedPorts: '8443' }))).toBe('url-port');
  });

  it.each(['127.0.0.0/8', '127.0.0.1/32', '::1/128'])('takes localhost for a loopback address, once %s is opened', (allowedCidrs) => {
    const policy = parseEgressPolicy({ allowedCidrs });
    expect(codeOf('https://localhost:8443/', policy)).toBe('accepted');
    expect(codeOf('https://LOCALHOST./', policy)).toBe('accepted');
    expect(codeOf('https://hooks.localhost/', policy)).toBe('accepted');
    for (const relative of ['localhost.localdomain', 'localhost4', 'ip6-localhost', 'metadata.google.internal']) {
      expect(codeOf(`https://${relative}/`, policy)).toBe('host-internal');
    }
  });

  it('does not take localhost for anything else that is opened', () => {
    expect(codeOf('https://localhost/', parseEgressPolicy({ allowedCidrs: '127.0.0.2/32,10.0.0.0/8' }))).toBe('host-internal');
  });

  it('opens addresses in the URL', () => {
    const policy = parseEgressPolicy({ allowedCidrs: '127.0.0.0/8' });
    expect(codeOf('https://127.1:8443/', policy)).toBe('accepted');
    expect(codeOf('https://[::1]/', policy)).toBe('address-not-global');
    expect(codeOf('https://[::ffff:127.0.0.1]/', policy)).toBe('address-not-global');
    expect(codeOf('http://127.0.0.1/', policy)).toBe('url-not-https');
  });
});
