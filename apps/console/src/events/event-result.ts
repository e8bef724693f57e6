import type { EventEntry } from '../api/client.ts';
import type { MarkTone } from '../endpoints/status.ts';
import { isLate } from './event-pace.ts';
import { faultText } from './fault-text.ts';

/** What came of an event. */
export interface EventResult {
  readonly tone: MarkTone;
  readonly text: string;
}

/** What came of an event, as short as a row of the list has room for. */
export function resultOf({ status, deliveries, fault }: Pick<EventEntry, 'status' | 'deliveries' | 'fault'>): EventResult {
  switch (status) {
    case 'waiting': return { tone: 'wait', text: 'Waiting' };
    case 'unusable': return { tone: 'bad', text: `Could not be used: ${faultText(fault)}` };
    case 'routed': return deliveries ? { tone: 'onward', text: `Sent to ${endpoints(deliveries)}` } : { tone: 'idle', text: 'Nobody listened' };
  }
}

/** The same in a sentence, which may have a time between its text and what comes then. */
export interface EventSentence extends EventResult {
  readonly at?: string;
  readonly then?: string;
}

/** What came of an event, on its own page. */
export function sentenceOf(event: Pick<EventEntry, 'status' | 'deliveries' | 'fault' | 'type' | 'receivedAt'>, now: number): EventSentence {
  const { tone, text } = resultOf(event);
  if (isLate(event, now)) return { tone, text: 'Waiting since', at: event.receivedAt, then: '; it has not been matched yet.' };
  switch (event.status) {
    case 'waiting': return { tone, text: 'Waiting: it was received, and is matched to your endpoints in a moment.' };
    case 'unusable': return { tone, text: `It could not be used, and was sent to nobody: ${faultText(event.fault)}.` };
    case 'routed': return { tone, text: event.deliveries ? `${text}.` : `Nobody listened: no endpoint was active and subscribed to ${event.type ?? 'it'}.` };
  }
}

const endpoints = (count: number): string => (count === 1 ? '1 endpoint' : `${count.toLocaleString()} endpoints`);
