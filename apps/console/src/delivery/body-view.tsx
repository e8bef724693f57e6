import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { CodeBlock } from '../app/code-block.tsx';
import { CopyButton } from '../app/copy-button.tsx';
import { bodyContent } from './body-text.ts';

export interface BodyViewProps {
  readonly label: string;
  readonly body: string;
  readonly encoding?: 'utf8' | 'base64';
  readonly truncated?: boolean;
}

/** A body, whatever is in it: always as text, never as part of the page. */
export function BodyView({ label, body, encoding = 'utf8', truncated = false }: BodyViewProps) {
  const [raw, setRaw] = useState(false);
  const content = bodyContent(body, encoding);
  if (content.kind === 'empty') return <p>The body is empty.</p>;
  const text = content.kind === 'binary' ? content.hex : raw ? content.raw : content.formatted ?? content.raw;
  return (
    <div>
      {content.kind === 'binary' && <p>{content.bytes.toLocaleString()} bytes that are no text:</p>}
      <CodeBlock label={label}>{text}</CodeBlock>
      {truncated && <p>The answer was longer; this is its beginning.</p>}
      <Group gap="xs">
        {content.kind === 'text' && content.formatted !== null && (
          <Button size="xs" variant="default" aria-pressed={raw} onClick={() => setRaw(!raw)}>{raw ? 'Show formatted' : 'Show raw'}</Button>
        )}
        <CopyButton text={content.kind === 'text' ? content.raw : text} what={label.toLowerCase()} label="Copy" />
      </Group>
    </div>
  );
}
