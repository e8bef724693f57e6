import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import type { Endpoint } from '../api/client.ts';
import { isMissing } from '../api/problem.ts';
import { useEndpoint } from '../api/queries.ts';
import { Notice } from '../app/notice.tsx';
import { Page } from '../app/page.tsx';
import { FailurePage, Loading } from '../app/states.tsx';
import { ExplainDialog } from '../explain/explain-dialog.tsx';
import { DeliveryLog } from '../log/delivery-log.tsx';
import { SendTestDialog } from '../send-test/send-test-dialog.tsx';
import { ActiveSwitch } from './active-switch.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import styles from './endpoint-page.module.css';
import { EndpointStatusText } from './endpoint-status.tsx';
import { SuccessChart } from './success-chart.tsx';

const above = [{ to: '/', title: 'Webhooks' }];

export function EndpointPage() {
  const { endpointId = '' } = useParams();
  const { data: endpoint, error, refetch } = useEndpoint(endpointId);
  if (endpoint && !isMissing(error)) return <EndpointView endpoint={endpoint} />;
  if (error) return <FailurePage title="Webhook" error={error} onRetry={() => void refetch()} />;
  return <Page title="Webhook" above={above}><Loading what="webhook" /></Page>;
}

function EndpointView({ endpoint }: { readonly endpoint: Endpoint }) {
  const [dialog, setDialog] = useState<'test' | 'explain' | 'delete'>();
  const wasGivenUp = !endpoint.active && endpoint.disabledReason !== null && endpoint.disabledReason !== 'user';
  const actions = (
    <>
      <div className={styles.switch}><ActiveSwitch endpoint={endpoint} withLabel /></div>
      <Button onClick={() => setDialog('test')}>Send Test</Button>
      <Button component={Link} to={`/${endpoint.id}/edit`} variant="default">Edit</Button>
      <Button variant="default" onClick={() => setDialog('delete')}>Delete</Button>
    </>
  );
  return (
    <Page title={endpoint.url} above={above} actions={actions}>
      <dl className={styles.facts}>
        <dt>Status</dt><dd><EndpointStatusText endpoint={endpoint} /></dd>
        {endpoint.description && <><dt>Description</dt><dd>{endpoint.description}</dd></>}
        <dt>Events</dt>
        <dd>
          {endpoint.events.join(', ')}{' '}
          <Button variant="subtle" size="compact-sm" className={styles.ask} onClick={() => setDialog('explain')}>Would it be delivered?</Button>
        </dd>
        {endpoint.rateLimit !== null && <><dt>Rate limit</dt><dd>{endpoint.rateLimit} requests per second</dd></>}
        <dt>Last 24 hours</dt><dd><SuccessChart endpointId={endpoint.id} /></dd>
      </dl>
      {wasGivenUp && (
        <div className={styles.help}>
          <Notice tone="bad" title="No events are sent to this endpoint">
            <p>Mend the receiver, use Send Test to see that it answers with a status from 200 to 299, then switch the endpoint on again.</p>
          </Notice>
        </div>
      )}
      <h2>Delivery log</h2>
      <DeliveryLog endpointId={endpoint.id} />
      <SendTestDialog endpoint={endpoint} opened={dialog === 'test'} onClose={() => setDialog(undefined)} />
      <ExplainDialog endpoint={endpoint} opened={dialog === 'explain'} onClose={() => setDialog(undefined)} />
      <DeleteDialog endpoint={endpoint} opened={dialog === 'delete'} onClose={() => setDialog(undefined)} />
    </Page>
  );
}
