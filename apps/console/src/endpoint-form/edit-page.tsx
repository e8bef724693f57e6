import { useNavigate, useParams } from 'react-router';
import { useChangeEndpoint, useEndpoint, useEventTypes } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { FailurePage, Loading } from '../app/states.tsx';
import { EndpointForm } from './endpoint-form.tsx';

export function EditPage() {
  const { endpointId = '' } = useParams();
  const endpoint = useEndpoint(endpointId);
  const types = useEventTypes();
  const navigate = useNavigate();
  const change = useChangeEndpoint(endpointId);
  const done = () => void navigate(`/${endpointId}`);
  const failed = [endpoint, types].find(({ data, error }) => !data && error);
  if (failed) return <FailurePage title="Webhook" error={failed.error} onRetry={() => void failed.refetch()} />;
  const above = [{ to: '/', title: 'Webhooks' }, ...(endpoint.data ? [{ to: `/${endpointId}`, title: endpoint.data.url }] : [])];
  return (
    <Page title="Edit Webhook" above={above}>
      {endpoint.data && types.data ? (
        <EndpointForm
          initial={endpoint.data} types={types.data} saving={change.isPending} error={change.error} cancelTo={`/${endpointId}`}
          onSave={(_, changed) => (Object.keys(changed).length > 0 ? change.mutate(changed, { onSuccess: done }) : done())}
        />
      ) : <Loading what="webhook" />}
    </Page>
  );
}
