export interface Snippet {
  readonly language: string;
  /** A function that tells whether a request is from CE Pro: given its raw body, the header X-Webhook-Signature and the secret. */
  readonly code: string;
}

const node = `import { createHmac, timingSafeEqual } from 'node:crypto';

// rawBody: the bytes of the request's body, before any parsing
// signature: the header X-Webhook-Signature
// secret: the whole secret, "whsec_" included
export function isFromCePro(rawBody, signature, secret) {
  const expected = Buffer.from(createHmac('sha256', secret).update(rawBody).digest('hex'));
  const received = Buffer.from(signature ?? '');
  return expected.length === received.length && timingSafeEqual(expected, received);
}

// Express:
// app.post('/webhooks', express.raw({ type: 'application/json' }), (request, response) => {
//   const signature = request.get('X-Webhook-Signature');
//   const genuine = isFromCePro(request.body, signature, process.env.CEPRO_WEBHOOK_SECRET);
//   response.sendStatus(genuine ? 204 : 401);
// });
`;

const python = `import hashlib
import hmac

# raw_body: the bytes of the request's body, before any parsing
# signature: the header X-Webhook-Signature
# secret: the whole secret, "whsec_" included
def is_from_ce_pro(raw_body, signature, secret):
    expected = hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (signature or "").encode())

# Flask: is_from_ce_pro(request.get_data(), request.headers.get("X-Webhook-Signature"),
#                       os.environ["CEPRO_WEBHOOK_SECRET"])
`;

const php = `<?php
// $rawBody: the request's body as it came, before any parsing
// $signature: the header X-Webhook-Signature
// $secret: the whole secret, "whsec_" included
function is_from_ce_pro(string $rawBody, ?string $signature, string $secret): bool
{
    return hash_equals(hash_hmac('sha256', $rawBody, $secret), $signature ?? '');
}

// $rawBody = file_get_contents('php://input');
// $signature = $_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? null;
// is_from_ce_pro($rawBody, $signature, getenv('CEPRO_WEBHOOK_SECRET'));
`;

const ruby = `require "openssl"

# raw_body: the request's body as it came, before any parsing
# signature: the header X-Webhook-Signature
# secret: the whole secret, "whsec_" included
def from_ce_pro?(raw_body, signature, secret)
  expected = OpenSSL::HMAC.hexdigest("SHA256", secret, raw_body)
  OpenSSL.secure_compare(expected, signature.to_s)
end

# Rack: from_ce_pro?(request.body.read, request.get_header("HTTP_X_WEBHOOK_SIGNATURE"),
#                    ENV.fetch("CEPRO_WEBHOOK_SECRET"))
`;

const go = `package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// IsFromCEPro takes the request's body as it came, before any parsing,
// the header X-Webhook-Signature, and the whole secret, "whsec_" included.
func IsFromCEPro(rawBody []byte, signature, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(rawBody)
	expected := hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(expected), []byte(signature))
}

// net/http:
// rawBody, err := io.ReadAll(r.Body)
// signature := r.Header.Get("X-Webhook-Signature")
// IsFromCEPro(rawBody, signature, os.Getenv("CEPRO_WEBHOOK_SECRET"))
`;

/** How a receiver verifies a request, in the languages that receivers are mostly written in. */
export const snippets: readonly Snippet[] = [
  { language: 'Node', code: node },
  { language: 'Python', code: python },
  { language: 'PHP', code: php },
  { language: 'Ruby', code: ruby },
  { language: 'Go', code: go },
];
