import type { IncomingHttpHeaders } from 'node:http';
import { verifyCePro, verifyStandard } from '@cepro/signing';

/** One line about a request: what it is, whether it verifies by both ways, and what it was answered. */
export function verdictOf({ headers, rawBody }: { readonly headers: IncomingHttpHeaders; readonly rawBody: Buffer }, secret: string, status: number): string {
  const header = (name: string): string => String(headers[name] ?? '');
  const cePro = verifyCePro(secret, rawBody, header('x-webhook-signature'));
  const standard = verifyStandard(secret, {
    id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature'),
  }, rawBody).ok;
  const verdict = cePro && standard ? 'verified (X-Webhook-Signature and webhook-signature)' : 'NOT VERIFIED';
  return `  ${header('x-webhook-event').padEnd(20)} attempt ${header('x-webhook-attempt')}  ${verdict}  answered ${status}  ${header('x-webhook-id')}`;
}
