import { Button } from '@mantine/core';
import { useState } from 'react';

const sayForMs = 2_000;

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for the button's name: "secret". */
  readonly what: string;
  /** What is read on the button, for where its place says what is copied. Begins with "Copy". Default: the button's name. */
  readonly label?: string;
  readonly variant?: 'filled' | 'default';
  readonly onCopied?: () => void;
}

export function CopyButton({ text, what, label: short, variant = 'default', onCopied }: CopyButtonProps) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
      onCopied?.();
      setTimeout(() => setState('ready'), sayForMs);
    } catch {
      // The browser may refuse; then only a person can copy.
      setState('refused');
    }
  };
  const name = `Copy ${what}`;
  const label = { ready: short ?? name, copied: 'Copied', refused: 'Select and press Ctrl+C' }[state];
  return <Button size="xs" variant={variant} onClick={() => void copy()} aria-live="polite" {...(state === 'ready' && { 'aria-label': name })}>{label}</Button>;
}
