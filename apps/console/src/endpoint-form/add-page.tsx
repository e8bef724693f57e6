import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { CreatedEndpoint } from '../api/client.ts';
import { useApi } from '../api/context.ts';
import { useEventTypes, type EndpointFields } from '../api/queries.ts';
import { Page } from '../app/page.tsx';
import { Failure, Loading } from '../app/states.tsx';
import { SecretDialog } from '../secret/secret-dialog.tsx';
import { EndpointForm } from './endpoint-form.tsx';

const empty: EndpointFields = { url: '', events: [], active: true, description: null, rateLimit: null };

/** Adds an endpoint. Its secret lives in this page's state and nowhere else, and is gone with it. */
export function AddPage() {
  const types = useEventTypes();
  const { api, ask } = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [created, setCreated] = useState<CreatedEndpoint>();

  const save = async (fields: EndpointFields) => {
    setSaving(true);
    setError(null);
    try {
      setCreated(await ask(api.POST('/v1/webhooks', { body: fields })));
      await queries.invalidateQueries({ queryKey: ['endpoints'], exact: true });
    } catch (fault) {
      setError(fault);
    } finally {
      setSaving(false);
    }
  };
  return (
    <Page title="Add Webhook" above={[{ to: '/', title: 'Webhooks' }]}>
      {types.data && (
        <EndpointForm
          initial={empty} types={types.data} saving={saving} error={error} onSave={(fields) => void save(fields)} cancelTo="/"
          whenAway="The webhook may have been added all the same: look at the list first."
        />
      )}
      {!types.data && (types.error ? <Failure error={types.error} onRetry={() => void types.refetch()} /> : <Loading what="event types" />)}
      {created && <SecretDialog secret={created.secret} onDone={() => void navigate(`/${created.id}`, { replace: true })} />}
    </Page>
  );
}
