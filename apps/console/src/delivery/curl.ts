/** The command that sends an attempt's request again by hand, for a POSIX shell: signature and all as it was sent. */
export function curlOf({ url, requestHeaders }: { readonly url: string; readonly requestHeaders: Readonly<Record<string, string>> }, body: string): string {
  const lines = [
    `curl --request POST ${quoted(url)}`,
    ...Object.entries(requestHeaders).map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(body)}`,
  ];
  return lines.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}
