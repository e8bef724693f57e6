import { Anchor, Button } from '@mantine/core';
import { Link } from 'react-router';
import { useEndpoints } from '../api/queries.ts';
import type { Endpoint } from '../api/client.ts';
import { Breakable } from '../app/breakable.tsx';
import { Moment } from '../app/moment.tsx';
import { Page } from '../app/page.tsx';
import { Failure, Loading } from '../app/states.tsx';
import { ActiveSwitch } from './active-switch.tsx';
import { EmptyState } from './empty-state.tsx';
import { EndpointStatusText } from './endpoint-status.tsx';
import styles from './list-page.module.css';
import { lastDeliveryOf } from './status.ts';
import { SuccessChart } from './success-chart.tsx';

export function ListPage() {
  const { data: endpoints, error, refetch } = useEndpoints();
  const actions = (
    <>
      <Button component={Link} to="/events" variant="default">Events</Button>
      {endpoints && endpoints.length > 0 && <Button component={Link} to="/new">Add Webhook</Button>}
    </>
  );
  return (
    <Page title="Webhooks" actions={actions}>
      {!endpoints && (error ? <Failure error={error} onRetry={() => void refetch()} /> : <Loading what="webhooks" />)}
      {endpoints?.length === 0 && <EmptyState />}
      {endpoints && endpoints.length > 0 && (
        <>
          <EndpointTable endpoints={endpoints} />
          <p className={styles.guide}><Anchor component={Link} to="/verify" inherit>How a receiver verifies requests</Anchor></p>
        </>
      )}
    </Page>
  );
}

function EndpointTable({ endpoints }: { readonly endpoints: readonly Endpoint[] }) {
  return (
    <div role="table" aria-label="Webhooks" className={styles.table}>
      <div role="row" className={styles.head}>
        {['Endpoint', 'Status', 'Last delivery', 'Last 24 hours', 'Active'].map((title) => <span key={title} role="columnheader">{title}</span>)}
      </div>
      {endpoints.map((endpoint) => <EndpointRow key={endpoint.id} endpoint={endpoint} />)}
    </div>
  );
}

function EndpointRow({ endpoint }: { readonly endpoint: Endpoint }) {
  const { id, url, description, events } = endpoint;
  const last = lastDeliveryOf(endpoint);
  return (
    <div role="row" className={styles.row}>
      <div role="cell" className={styles.endpoint}>
        <Anchor component={Link} to={`/${id}`} inherit className={styles.link}><Breakable url={url} /></Anchor>
        {description && <div>{description}</div>}
        <div className={styles.events} title={events.join(', ')}>{summaryOf(events)}</div>
      </div>
      <div role="cell" className={styles.status}><EndpointStatusText endpoint={endpoint} /></div>
      <div role="cell"><Narrow title="Last delivery" />{last ? <Moment at={last} /> : <span className={styles.none}>None yet</span>}</div>
      <div role="cell" className={styles.chart}><Narrow title="Last 24 hours" /><SuccessChart endpointId={id} /></div>
      <div role="cell" className={styles.switch}><ActiveSwitch endpoint={endpoint} /></div>
    </div>
  );
}

/** Says what a value is where there is no room for the columns' heads, which a screen reader has all the same. */
function Narrow({ title }: { readonly title: string }) {
  return <div className={styles.title} aria-hidden="true">{title}</div>;
}

const shown = 3;

function summaryOf(events: readonly string[]): string {
  const more = events.length - shown;
  return more > 0 ? `${events.slice(0, shown).join(', ')} and ${more} more` : events.join(', ');
}
