import { Tabs } from '@mantine/core';
import { CodeBlock } from '../app/code-block.tsx';
import { CopyButton } from '../app/copy-button.tsx';
import { snippets } from './verify-snippets.ts';

/** How to verify a request, by language. */
export function SnippetTabs() {
  return (
    <Tabs defaultValue="Node">
      <Tabs.List aria-label="Language">
        {snippets.map(({ language }) => <Tabs.Tab key={language} value={language}>{language}</Tabs.Tab>)}
      </Tabs.List>
      {snippets.map(({ language, code }) => (
        <Tabs.Panel key={language} value={language}>
          <CodeBlock label={`Verify in ${language}`} wrap={false}>{code}</CodeBlock>
          <CopyButton text={code} what="code" />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
