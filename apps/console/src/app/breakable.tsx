import { Fragment } from 'react';

/** Behind a slash, and what else parts a URL, but not within its "https://". */
const seams = /(?<=[^:/][/?&=])/;

/** A URL, which goes on in a new line where its parts end if it can. */
export function Breakable({ url }: { readonly url: string }) {
  return url.split(seams).map((part, index) => <Fragment key={index}>{index > 0 && <wbr />}{part}</Fragment>);
}
