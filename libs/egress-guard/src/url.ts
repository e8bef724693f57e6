import { isIP } from 'node:net';
import { checkAddress } from './address.ts';
import { internalNameFault, isLoopbackName, loopbackAddresses } from './internal-names.ts';
import type { EgressPolicy } from './policy.ts';
import type { Refusal, RefusalCode } from './refusal.ts';

/** More than any receiver needs, and within what servers and proxies accept everywhere. */
const MAX_URL_LENGTH = 2048;

/** RFC 1035, 2.3.4: 255 bytes on the wire, which are 253 characters of text. */
const MAX_NAME_LENGTH = 253;

/** A label of a host name: 1 to 63 letters, digits, hyphens and underscores, no hyphen at either end (RFC 1123, 2.1). */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Controls, spaces of every kind, characters that show nothing (category Cf), and the backslash. URL parsers drop some of
 * them silently and turn the last into a slash, so that a person and a program would read different hosts.
 */
const MISLEADING = /[\p{Cc}\p{Cf}\p{Z}\\]/u;

/** The outcome of checking a URL. */
export type UrlVerdict = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly refusal: Refusal };

/**
 * Whether webhooks may be sent to this URL, as far as can be told without asking DNS. Pure.
 *
 * @param url anything; only text can be accepted.
 * @returns the URL as it is to be stored and called: the host in lower case and ASCII, an address in its usual spelling,
 *   no full stop after the host, no default port, no fragment. Or the first rule that it breaks.
 */
export function checkUrl(url: unknown, policy: EgressPolicy): UrlVerdict {
  if (typeof url !== 'string' || url === '') return refuse('url-malformed', 'a URL is a text');
  if (url.length > MAX_URL_LENGTH) return refuse('url-malformed', `the URL is longer than ${MAX_URL_LENGTH} characters`);
  if (MISLEADING.test(url) || !url.isWellFormed()) {
    return refuse('url-malformed', 'the URL has a space, a control or invisible character, or a backslash');
  }

  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return refuse('url-malformed', 'the URL does not start with https://');
  if (scheme !== 'https') return refuse('url-not-https', 'the URL is not https');
  // URL takes https:host and https:////host for https://host. Others don't.
  const authority = /^https:\/\/([^/?#]+)/i.exec(url)?.[1];
  if (authority === undefined) return refuse('url-malformed', 'the URL has no host after https://');
  // In the raw text, because URL drops an empty user name and password.
  if (authority.includes('@')) return refuse('url-credentials', 'the URL has a user name or password');

  const parsed = URL.parse(url);
  if (parsed === null) return refuse('url-malformed', 'the URL can not be read');
  parsed.hash = '';
  if (parsed.hostname.endsWith('.')) parsed.hostname = parsed.hostname.slice(0, -1);

  const refusal = checkHost(parsed.hostname, policy) ?? checkPort(parsed.port, policy);
  if (refusal !== undefined) return { ok: false, refusal };
  // Characters beyond ASCII become longer in the form that is sent.
  if (parsed.href.length > MAX_URL_LENGTH) return refuse('url-malformed', `the URL is longer than ${MAX_URL_LENGTH} characters once encoded`);
  return { ok: true, url: parsed };
}

/** The host of a URL without the brackets that a URL puts around an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') && hostname.endsWith(']') ? hostname.slice(1, -1) : hostname;
}

function checkHost(hostname: string, policy: EgressPolicy): Refusal | undefined {
  const host = bareHost(hostname);
  if (isIP(host) !== 0) return checkAddress(host, policy);
  if (host.length > MAX_NAME_LENGTH || !host.split('.').every((label) => LABEL.test(label))) {
    return { code: 'url-malformed', detail: 'the host is neither a name nor an address' };
  }
  if (isLoopbackName(host)) {
    const reachable = loopbackAddresses.some((address) => checkAddress(address, policy) === undefined);
    return reachable ? undefined : { code: 'host-internal', detail: `${host} is this machine (RFC 6761)` };
  }
  const fault = internalNameFault(host);
  return fault === undefined ? undefined : { code: 'host-internal', detail: `${host} is not a public name: ${fault}` };
}

function checkPort(written: string, policy: EgressPolicy): Refusal | undefined {
  const port = written === '' ? 443 : Number(written);
  // Nothing can listen on port 0; some systems take it for "any port".
  if (port === 0) return { code: 'url-port', detail: 'port 0 can not be called' };
  if (policy.allowedPorts === 'any' || policy.allowedPorts.includes(port)) return undefined;
  return { code: 'url-port', detail: `port ${port} is not among the allowed ones` };
}

function refuse(code: RefusalCode, detail: string): UrlVerdict {
  return { ok: false, refusal: { code, detail } };
}
