import type { Endpoint } from '../api/client.ts';
import { Moment } from '../app/moment.tsx';
import { ToneText } from '../app/tone.tsx';
import styles from './endpoint-status.module.css';
import { statusOf } from './status.ts';

export function EndpointStatusText({ endpoint }: { readonly endpoint: Endpoint }) {
  const { tone, text, since } = statusOf(endpoint);
  return <ToneText tone={tone}>{text}{since && <> <span className={endpoint.active ? undefined : styles.when}><Moment at={since} /></span></>}</ToneText>;
}
