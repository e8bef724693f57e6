import type { EventFault } from '../api/client.ts';

/** Why an event could not be used, as the end of "It could not be used: …". */
const texts: Readonly<Record<EventFault, string>> = {
  'bad-subject': 'it was published on a wrong subject',
  'bad-account': 'its subject names no account',
  'unknown-type': 'its type is not in the catalogue',
  'too-large': 'it is larger than 256 KiB',
  'not-utf8': 'it is not text in UTF-8',
  'not-json': 'it is not valid JSON',
  'not-an-object': 'it is not a JSON object',
  'bad-timestamp': 'the timestamp is missing or not ISO 8601',
  'no-data': 'the data is missing or no JSON object',
};

/** Why an event could not be used, in words. A fault that came after this page was made has at least its code. */
export function faultText(fault: string | null): string {
  if (fault === null) return 'the reason is not known';
  return Object.hasOwn(texts, fault) ? texts[fault as EventFault] : `its fault has the code ${fault}`;
}
