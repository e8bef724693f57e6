import type { ReactNode } from 'react';
import styles from './code-block.module.css';

export interface CodeBlockProps {
  readonly label: string;
  /** False for program code, whose lines are what they are. */
  readonly wrap?: boolean;
  readonly children: ReactNode;
}

/** Text exactly as it is, that scrolls by itself and can be scrolled by keyboard. */
export function CodeBlock({ label, wrap = true, children }: CodeBlockProps) {
  return <pre className={styles.code} data-wrap={wrap} tabIndex={0} role="region" aria-label={label}>{children}</pre>;
}
