import type { ReactNode } from 'react';
import type { MarkTone } from '../endpoints/status.ts';
import styles from './tone.module.css';

/** A short text with a mark in front, both in the colour of how good or bad it is. The mark's shape says it too. */
export function ToneText({ tone, children }: { readonly tone: MarkTone; readonly children: ReactNode }) {
  return <span className={styles.tone} data-tone={tone}>{children}</span>;
}
