import { Button, Modal } from '@mantine/core';
import { useRetry } from '../api/queries.ts';
import { Failure } from '../app/states.tsx';

/** Sends a delivery again at once. */
export function RetryButton({ deliveryId, event, compact = false }: { readonly deliveryId: string; readonly event: string; readonly compact?: boolean }) {
  const { mutate, isPending, error, reset } = useRetry(deliveryId);
  return (
    <>
      <Button size={compact ? 'compact-sm' : 'sm'} variant={compact ? 'default' : 'filled'} loading={isPending} aria-label={`Retry ${event} ${deliveryId}`} onClick={() => mutate()}>
        Retry
      </Button>
      <Modal opened={Boolean(error)} onClose={reset} title="Not retried" lockScroll={false} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Failure error={error} />
      </Modal>
    </>
  );
}
