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

/** What is told of a thing that is not there, and where to go instead. */
export interface Missing {
  readonly reason: string;
  readonly back: { readonly to: string; readonly title: string };
}

export interface FailurePageProps {
  readonly title: string;
  readonly above?: PageProps['above'];
  readonly missing?: Missing;
  readonly error: unknown;
  readonly onRetry: () => void;
}

const top = [{ to: '/', title: 'Webhooks' }];
const gone: Missing = { reason: 'It was deleted, or it never was here.', back: { to: '/', title: 'All webhooks' } };

/** A page whose subject can't be shown: it is not there, or not now. */
export function FailurePage({ title, above = top, missing = gone, error, onRetry }: FailurePageProps) {
  if (isMissing(error)) return <NotFoundPage what={title} above={above} missing={missing} />;
  return <Page title={title} above={above}><Failure error={error} onRetry={onRetry} /></Page>;
}

export function NotFoundPage({ what = 'Page', above = top, missing = gone }: { readonly what?: string; readonly above?: PageProps['above']; readonly missing?: Missing }) {
  return (
    <Page title={`${what} not found`} above={above}>
      <p>{missing.reason}</p>
      <Button component={Link} to={missing.back.to} variant="default">{missing.back.title}</Button>
    </Page>
  );
}
