import { useQueryClient, type Query } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useApi } from '../api/context.ts';
import styles from './connection-banner.module.css';
import { Notice } from './notice.tsx';

const tryEveryMs = 2_000;
/** What is under way is not broken off: it may take longer than that. */
const patient = { cancelRefetch: false };

/** Not a log's many pages: what was loaded of it stays as it is, and what is new is asked for by itself. */
const isOfUse = ({ meta, state }: Query) => !(meta?.['keptAsLoaded'] && state.data !== undefined);

/** Says when the API can't be reached, goes on trying, and says when it is back. */
export function ConnectionBanner() {
  const { connection } = useApi();
  const state = useSyncExternalStore(connection.watch, connection.state);
  const queries = useQueryClient();
  useEffect(() => {
    if (state === 'back') void queries.invalidateQueries({ predicate: isOfUse });
    if (state !== 'lost') return;
    const timer = setInterval(() => void queries.refetchQueries({ type: 'active', predicate: isOfUse }, patient), tryEveryMs);
    return () => clearInterval(timer);
  }, [state, queries]);
  return (
    <div role="status" className={styles.banner}>
      {state === 'lost' && <Notice tone="wait" title="Connection lost"><p>What you see may be out of date. Trying again …</p></Notice>}
      {state === 'back' && <Notice tone="good" title="Connected again" />}
    </div>
  );
}
