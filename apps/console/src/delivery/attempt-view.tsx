import type { DeliveryAttempt } from '../api/client.ts';
import { Moment } from '../app/moment.tsx';
import { duration } from '../app/time.ts';
import { OutcomeText } from '../log/outcome-text.tsx';
import { BodyView } from './body-view.tsx';
import styles from './delivery-page.module.css';
import { RequestHead } from './request-head.tsx';
import { resultOf } from './result.ts';

/** One attempt of the timeline, folded but for the last. */
export function AttemptView({ attempt, opened }: { readonly attempt: DeliveryAttempt; readonly opened: boolean }) {
  const { attempt: number, timestamp, statusCode, error, responseTimeMs, outcome, url, requestHeaders, responseBody, responseBodyEncoding, responseTruncated } = attempt;
  const result = resultOf(statusCode, error) ?? 'No answer';
  return (
    <li>
      <details open={opened} className={styles.attempt}>
        <summary>
          <span className={styles.number}>Attempt {number}</span> <OutcomeText outcome={outcome} /> <span>{statusCode !== null && 'HTTP '}{result}</span>
          <span className={styles.dimmed}><Moment at={timestamp} /> · {duration(responseTimeMs)}</span>
        </summary>
        <h3>Response body</h3>
        {statusCode === null
          ? <p>There was no complete answer: {result.toLowerCase()}.</p>
          : <BodyView label={`Response body of attempt ${number}`} body={responseBody} encoding={responseBodyEncoding} truncated={responseTruncated} />}
        <h3>Request headers, signatures as sent</h3>
        <RequestHead label={`Request headers of attempt ${number}`} url={url} headers={requestHeaders} />
      </details>
    </li>
  );
}
