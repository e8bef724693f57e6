import { Button, Skeleton } from '@mantine/core';
import { Link } from 'react-router';
import { AwayError, isMissing, messageOf } from '../api/problem.ts';
import { Notice } from './notice.tsx';
import { Page, type PageProps } from './page.tsx';

/** Stands where something is being loaded. */
export function Loading({ what, rows = 3 }: { readonly what: string; readonly rows?: number }) {
  return (
    <div role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, index) => <Skeleton key={index} height={56} mb="sm" />)}
    </div>
  );
}

export interface FailureProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** What to add where the answer was lost: what was asked for may have been done. */
  readonly whenAway?: string;
}

/** An error, with a way to try again where that may help. */
export function Failure({ error, onRetry, whenAway }: FailureProps) {
  return (
    <Notice tone="bad" urgent title="That did not work">
      <p>{messageOf(error)}{whenAway && error instanceof AwayError && ` ${whenAway}`}</p>
      {onRetry && <Button variant="default" size="xs" onClick={onRetry}>Try again</Button>}
    </Notice>
  );
}

export interface FailurePageProps {
  readonly title: string;
  readonly above?: PageProps['above'];
  readonly error: unknown;
  readonly onRetry: () => void;
}

const top = [{ to: '/', title: 'Webhooks' }];

/** A page whose subject can't be shown: it is not there, or not now. */
export function FailurePage({ title, above = top, error, onRetry }: FailurePageProps) {
  if (isMissing(error)) return <NotFoundPage what={title} above={above} />;
  return <Page title={title} above={above}><Failure error={error} onRetry={onRetry} /></Page>;
}

export function NotFoundPage({ what = 'Page', above = top }: { readonly what?: string; readonly above?: PageProps['above'] }) {
  return (
    <Page title={`${what} not found`} above={above}>
      <p>It was deleted, or it never was here.</p>
      <Button component={Link} to="/" variant="default">All webhooks</Button>
    </Page>
  );
}
