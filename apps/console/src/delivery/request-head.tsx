import styles from './delivery-page.module.css';

const signatureHeaders = ['x-webhook-signature', 'webhook-signature'];

export interface RequestHeadProps {
  readonly label: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a request goes and its headers, the signatures set apart. */
export function RequestHead({ label, url, headers }: RequestHeadProps) {
  return (
    <>
      <p className={styles.url}>POST {url}</p>
      <dl className={styles.headers} aria-label={label}>
        {Object.entries(headers).map(([name, value]) => (
          <div key={name} data-signature={signatureHeaders.includes(name.toLowerCase())}><dt>{name}</dt><dd>{value}</dd></div>
        ))}
      </dl>
    </>
  );
}
