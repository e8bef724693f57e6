import { Anchor, Breadcrumbs } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { Breakable } from './breakable.tsx';
import styles from './page.module.css';

export interface PageProps {
  readonly title: string;
  /** The pages above this one, the highest first. */
  readonly above?: readonly { readonly to: string; readonly title: string }[];
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** The key that the router gives the place where somebody came in. */
const firstKey = 'default';

/** A page with its heading, which takes the focus when the page is gone to, so that a screen reader begins there. */
export function Page({ title, above = [], actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { key, pathname } = useLocation();
  const shown = useRef<string>(undefined);
  useEffect(() => {
    // Other filters in the address are the same page still.
    if (key !== firstKey && shown.current !== pathname) heading.current?.focus();
    shown.current = pathname;
  }, [key, pathname]);
  useEffect(() => {
    document.title = `${title} · CE Pro`;
  }, [title]);
  return (
    <>
      {above.length > 0 && (
        <nav aria-label="Breadcrumb">
          <Breadcrumbs classNames={{ breadcrumb: styles.crumb }}>
            {above.map((each) => <Anchor key={each.to} component={Link} to={each.to} size="sm"><Breakable url={each.title} /></Anchor>)}
          </Breadcrumbs>
        </nav>
      )}
      <div className={styles.head}>
        <h1 ref={heading} tabIndex={-1} className={styles.title}><Breakable url={title} /></h1>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </>
  );
}
