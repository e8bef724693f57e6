import { describe, expect, it } from '@jest/globals';
import { urlFault } from './url-fault.ts';

describe('a URL while it is typed', () => {
  it.each(['https://hooks.example.com/ce-pro', ' https://example.com:8443/a?b=c ', 'https://93.184.216.34/', 'https://172.15.0.1/', 'https://[2606:4700::1111]/', 'https://localhost.example.com/'])(
    'may be %s', (text) => expect(urlFault(text)).toBeUndefined(),
  );

  it.each([['', 'Enter the URL'], ['hooks.example', 'whole URL'], ['https://', 'whole URL'], ['http://example.com/', 'https://'], ['ftp://example.com/', 'https://'], ['https://user:pass@example.com/', 'user name']])(
    'can not be "%s"', (text, part) => expect(urlFault(text)).toEqual({ text: expect.stringContaining(part), certain: true }),
  );

  it.each([
    'https://localhost/', 'https://LOCALHOST:8443/x', 'https://app.localhost/', 'https://printer.local/', 'https://intranet/', 'https://10.1.2.3/', 'https://127.0.0.1:8443/',
    'https://2130706433/', 'https://169.254.169.254/', 'https://172.16.0.1/', 'https://192.168.1.1/', 'https://[::1]/', 'https://[fd00::1]/', 'https://[fe80::1]/',
  ])('will hardly be accepted as %s', (text) => expect(urlFault(text)).toMatchObject({ certain: false }));
});
