import { maxEventBytes } from './domain-event.ts';
import { deadLetterSubjects } from './subjects.ts';

/** A message that nobody can use. */
export interface Unusable {
  readonly subject: string;
  readonly sequence: number;
  readonly msgId: string | undefined;
  readonly data: Uint8Array;
}

/** How it is put aside, for people to look at: its body, and in headers where it came from and why it is here. */
export function deadLetterOf(kind: keyof typeof deadLetterSubjects, { subject, sequence, msgId, data }: Unusable, reason: string) {
  return {
    subject: deadLetterSubjects[kind],
    // Buried again, it is stored once.
    msgId: `${kind}:${sequence}`,
    // Headers come on top, so a message as large as the server takes would not fit again: its beginning has to do.
    data: data.subarray(0, maxEventBytes),
    headers: {
      'Webhook-Dead-Letter-Reason': printable(reason),
      'Webhook-Original-Subject': printable(subject),
      'Webhook-Original-Sequence': String(sequence),
      'Webhook-Original-Size': String(data.byteLength),
      ...(msgId && { 'Webhook-Original-Msg-Id': printable(msgId) }),
    },
  };
}

/** What may stand in a header, bounded. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
