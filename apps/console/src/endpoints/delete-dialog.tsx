import { Button, Group, Modal } from '@mantine/core';
import { useNavigate } from 'react-router';
import type { Endpoint } from '../api/client.ts';
import { useDeleteEndpoint } from '../api/queries.ts';
import { Breakable } from '../app/breakable.tsx';
import { Failure } from '../app/states.tsx';
import styles from './endpoint-page.module.css';

export function DeleteDialog({ endpoint, opened, onClose }: { readonly endpoint: Endpoint; readonly opened: boolean; readonly onClose: () => void }) {
  const { mutate, isPending, error } = useDeleteEndpoint(endpoint.id);
  const navigate = useNavigate();
  return (
    <Modal opened={opened} onClose={onClose} title="Delete this webhook?" lockScroll={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      <p className={styles.url}><strong><Breakable url={endpoint.url} /></strong></p>
      <p>The endpoint and all of its delivery history are removed for good. Deliveries that are waiting for a retry are not sent.</p>
      {error && <Failure error={error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>Keep it</Button>
        <Button color="red" loading={isPending} onClick={() => mutate(undefined, { onSuccess: () => void navigate('/', { replace: true }) })}>
          Delete endpoint and history
        </Button>
      </Group>
    </Modal>
  );
}
