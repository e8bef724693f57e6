import { Button, Group, Modal } from '@mantine/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useBlocker } from 'react-router';
import { CopyButton } from '../app/copy-button.tsx';
import { Notice } from '../app/notice.tsx';
import styles from './secret-dialog.module.css';
import { SnippetTabs } from './snippet-tabs.tsx';

/** Shows a new endpoint's secret, once. Whoever leaves without having copied it is asked. */
export function SecretDialog({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const [asked, setAsked] = useState(false);
  const mayLeave = useRef(false);
  const blocker = useBlocker(useCallback(() => !mayLeave.current, []));
  useEffect(() => {
    if (copied) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [copied]);
  const isAsking = asked || blocker.state === 'blocked';
  const stay = () => {
    setAsked(false);
    blocker.reset?.();
  };
  const leave = () => {
    mayLeave.current = true;
    if (blocker.state === 'blocked') blocker.proceed();
    else onDone();
  };
  const close = () => (copied ? leave() : setAsked(true));
  const noteCopied = () => {
    mayLeave.current = true;
    setCopied(true);
  };
  return (
    <Modal opened onClose={close} size="xl" title="Your signing secret" lockScroll={false} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      {isAsking ? (
        <div role="alert">
          <p><strong>You have not copied the secret.</strong> It can not be shown again: without it you would have to delete this webhook and add it anew.</p>
          <Group justify="flex-end">
            <Button variant="default" onClick={leave}>Leave without the secret</Button>
            <Button onClick={stay} data-autofocus>Back to the secret</Button>
          </Group>
        </div>
      ) : (
        <>
          <Notice tone="wait" title="Copy it now: it is shown only this once">
            <p>Store it like a password, in an environment variable of your server and not in its code.</p>
          </Notice>
          <div className={styles.secret}>
            <code aria-label="Signing secret" className={styles.value} onCopy={noteCopied}>{secret}</code>
            <CopyButton text={secret} what="secret" variant="filled" onCopied={noteCopied} />
          </div>
          <h3 className={styles.title}>Verify each request with it</h3>
          <div className={styles.snippets}><SnippetTabs /></div>
          <Group justify="flex-end" mt="md"><Button variant={copied ? 'filled' : 'default'} onClick={close}>Done</Button></Group>
        </>
      )}
    </Modal>
  );
}
