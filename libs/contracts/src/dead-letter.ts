import type { WireMessage } from './delivery.ts';
import { maxEventBytes } from './domain-event.ts';
import { fail, ok, type Result } from './result.ts';
import { deadLetterSubjects } from './subjects.ts';

const original = { reason: 'Webhook-Dead-Letter-Reason', sequence: 'Webhook-Original-Sequence' } as const;

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
      [original.reason]: printable(reason),
      'Webhook-Original-Subject': printable(subject),
      [original.sequence]: String(sequence),
      'Webhook-Original-Size': String(data.byteLength),
      ...(msgId && { 'Webhook-Original-Msg-Id': printable(msgId) }),
    },
  };
}

/** A dead letter, as whoever counts them sees it. */
export interface DeadLetter {
  readonly kind: keyof typeof deadLetterSubjects;
  /** The sequence of the message in the stream that it came from. */
  readonly sequence: number;
  /** Why it is here; empty if it does not say, which is a fault of whoever has put it there. */
  readonly reason: string;
}

/** Reads what a dead letter says of itself. Never throws. */
export function readDeadLetter({ subject, header }: Pick<WireMessage, 'subject' | 'header'>): Result<DeadLetter> {
  const kind = (Object.keys(deadLetterSubjects) as (keyof typeof deadLetterSubjects)[]).find((name) => deadLetterSubjects[name] === subject);
  const sequence = Number(header(original.sequence) ?? Number.NaN);
  if (!kind) return fail('the subject is not that of a dead letter');
  if (!Number.isSafeInteger(sequence) || sequence < 1) return fail(`header ${original.sequence} is missing or malformed`);
  return ok({ kind, sequence, reason: header(original.reason) ?? '' });
}

/** What may stand in a header, bounded. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
