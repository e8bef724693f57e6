import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { curlOf } from './curl.ts';

describe('the curl command', () => {
  it('hands the shell exactly what was sent, whatever is in it', () => {
    const body = '{"event":"invoice.paid","data":{"name":"O\'Neil $HOME `id` \\"q\\" \\\\ Zoë","text":"a\\nb"}}';
    const command = curlOf({ url: 'https://hooks.example.com/a?b=c&d=\'e', requestHeaders: { 'Content-Type': 'application/json', 'X-Webhook-Signature': 'ab12' } }, body);
    // A shell of its own says what curl would be called with.
    const said = execFileSync('sh', ['-c', command.replace(/^curl/, 'printf \'%s\\0\'')], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(said).toEqual([
      '--request', 'POST', 'https://hooks.example.com/a?b=c&d=\'e', '--header', 'Content-Type: application/json', '--header', 'X-Webhook-Signature: ab12', '--data-raw', body,
    ]);
  });
});
