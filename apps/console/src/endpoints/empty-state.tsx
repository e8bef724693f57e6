import { Anchor, Button } from '@mantine/core';
import { Link } from 'react-router';
import styles from './empty-state.module.css';

/** What an account without endpoints sees: what this is for, and how to begin. */
export function EmptyState() {
  return (
    <div className={styles.box}>
      <h2 className={styles.title}>Let your other systems know at once</h2>
      <p>
        A webhook is an HTTP POST request that CE Pro sends to a URL of yours the moment something happens: a customer accepts an
        estimate, a job is completed, an invoice is paid. Your server, or a tool such as Zapier, Make or n8n, takes it from there.
      </p>
      <ol>
        <li>Add the HTTPS address that shall receive the requests, and choose the events.</li>
        <li>Store the signing secret, which is shown once, and <Anchor component={Link} to="/verify" inherit underline="always">verify each request</Anchor> with it.</li>
        <li>Send a test, and watch every delivery in the log.</li>
      </ol>
      <Button component={Link} to="/new">Add Webhook</Button>
    </div>
  );
}
