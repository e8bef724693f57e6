import { Moment } from '../app/moment.tsx';
import { countdown } from '../app/time.ts';
import { useNow } from '../app/use-now.ts';
import styles from './delivery-page.module.css';

/** The attempt to come, counting down. */
export function NextAttempt({ at, number }: { readonly at: string | null; readonly number: number }) {
  const now = useNow(at !== null);
  return (
    <li className={styles.next}>
      <span className={styles.number}>Attempt {number}</span>{' '}
      {at ? <><span role="timer">{countdown(at, now) === 'now' ? 'any moment now' : `in ${countdown(at, now)}`}</span> <span className={styles.dimmed}>(<Moment at={at} />)</span></> : 'is about to be made'}
    </li>
  );
}
