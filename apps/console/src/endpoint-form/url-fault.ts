/** What an admin can be told about a URL before the server is asked, whose word counts. */
export interface UrlFault {
  readonly text: string;
  /** True for what the server can't accept either; otherwise it is a warning. */
  readonly certain: boolean;
}

const certain = (text: string): UrlFault => ({ text, certain: true });

/** What is wrong with a URL as it stands, or looks so; `undefined` if nothing is. */
export function urlFault(text: string): UrlFault | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return certain('Enter the URL that shall receive the requests.');
  const url = URL.parse(trimmed);
  if (!url) return certain('Enter a whole URL, such as https://hooks.example.com/ce-pro.');
  if (url.protocol !== 'https:') return certain('The URL must begin with https://.');
  if (url.username || url.password) return certain('The URL must not contain a user name or password.');
  if (isInternal(url.hostname)) return { text: 'CE Pro rejects localhost, private-network and other internal addresses.', certain: false };
  return undefined;
}

/** The plain cases of a host that is not on the public internet. */
function isInternal(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const [a = 0, b = 0] = /^\d+(\.\d+){3}$/.test(host) ? host.split('.').map(Number) : [NaN];
  return (
    host === 'localhost' || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host) || !/[.:]/.test(host)
    || a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)
    || /^\[(::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/.test(host)
  );
}
