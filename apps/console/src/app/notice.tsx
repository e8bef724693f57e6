import type { ReactNode } from 'react';
import type { Tone } from '../endpoints/status.ts';
import styles from './notice.module.css';

export interface NoticeProps {
  readonly tone: Tone;
  readonly title: string;
  /** True for what a screen reader shall say at once. */
  readonly urgent?: boolean;
  readonly children?: ReactNode;
}

/** A box with something to know. */
export function Notice({ tone, title, urgent = false, children }: NoticeProps) {
  return (
    <div className={styles.notice} data-tone={tone} role={urgent ? 'alert' : undefined}>
      <strong className={styles.title}>{title}</strong>
      {children}
    </div>
  );
}
