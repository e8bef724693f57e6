import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { snippets } from './verify-snippets.ts';

// Signed with another implementation: printf %s "$body" | openssl dgst -sha256 -hmac "$secret"
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"client_name":"Zoë","total":480}}';
const signature = 'b083cbb3de2c415d922923505d9f118660b5f64dab88fcf5cddfe0f9a49e9cec';

const codeOf = (language: string) => snippets.find((snippet) => snippet.language === language)?.code ?? '';

describe('how a receiver verifies a request', () => {
  it('is shown in five languages, each with the right header and the whole secret', () => {
    expect(snippets.map(({ language }) => language)).toEqual(['Node', 'Python', 'PHP', 'Ruby', 'Go']);
    for (const { code } of snippets) {
      expect(code).toContain('X-Webhook-Signature');
      expect(code).toContain('"whsec_" included');
    }
  });

  it('works in Node, and takes neither another signature nor none', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'cepro-snippets-'));
    const file = path.join(dir, 'verify.mjs');
    const calls = `
const [, , body, signature, secret] = process.argv;
for (const each of [signature, signature.replace(/./, 'x'), undefined]) process.stdout.write(isFromCePro(Buffer.from(body), each, secret) ? '1' : '0');`;
    try {
      writeFileSync(file, codeOf('Node') + calls);
      expect(execFileSync(process.execPath, [file, body, signature, secret], { encoding: 'utf8' })).toBe('100');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  // Other languages are not there on every machine: here it is only held fast that they hash alike and compare in constant time.
  it.each([
    ['Python', 'hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()', 'hmac.compare_digest('],
    ['PHP', 'hash_hmac(\'sha256\', $rawBody, $secret)', 'hash_equals('],
    ['Ruby', 'OpenSSL::HMAC.hexdigest("SHA256", secret, raw_body)', 'OpenSSL.secure_compare('],
    ['Go', 'hmac.New(sha256.New, []byte(secret))', 'hmac.Equal('],
  ])('is the same in %s', (language, hash, compare) => {
    expect(codeOf(language)).toContain(hash);
    expect(codeOf(language)).toContain(compare);
  });
});
