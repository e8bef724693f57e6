import { Anchor } from '@mantine/core';
import { Page } from '../app/page.tsx';
import { SnippetTabs } from './snippet-tabs.tsx';
import styles from './verify-page.module.css';

const headers = [
  ['Content-Type', 'application/json'],
  ['X-Webhook-ID', 'The delivery’s id, the same for every attempt: use it to drop repeats.'],
  ['X-Webhook-Signature', 'HMAC-SHA256 of the raw body in lower-case hex; the key is the whole secret.'],
  ['X-Webhook-Event', 'The event type.'],
  ['X-Webhook-Timestamp', 'When this attempt was made, ISO 8601.'],
  ['X-Webhook-Attempt', 'Which attempt this is, from 1.'],
  ['traceparent', 'Only where the event is in a trace: to go on with, or to quote when you ask us. It is not signed: decide nothing by it.'],
] as const;

/** What the developer of a receiver has to know. */
export function VerifyPage() {
  return (
    <Page title="Verify webhook requests" above={[{ to: '/', title: 'Webhooks' }]}>
      <p>
        Anybody who finds out your endpoint’s URL could send it made-up events. CE Pro therefore signs every request with the secret
        that you got when you added the webhook. Compute the signature of the <strong>raw body</strong>, before any parsing, and compare it
        with the header <code>X-Webhook-Signature</code>. Answer with a status from 200 to 299 within 10 seconds; anything else is
        tried again after about 10 seconds, 1 minute and 5 minutes.
      </p>
      <SnippetTabs />
      <h2>Request headers</h2>
      <dl className={styles.headers}>
        {headers.map(([name, text]) => <div key={name}><dt><code>{name}</code></dt><dd>{text}</dd></div>)}
      </dl>
      <p>
        The same request carries the headers of <Anchor href="https://www.standardwebhooks.com" rel="noreferrer" inherit underline="always">Standard Webhooks</Anchor>, so any of
        its libraries verifies it too.
      </p>
    </Page>
  );
}
