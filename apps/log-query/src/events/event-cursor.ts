import { isId } from '@cepro/contracts';

/** The cursor that goes on after an event. Its id holds its place: ids sort by the time in them. */
export function encodeEventCursor(eventId: string): string {
  return Buffer.from(eventId).toString('base64url');
}

/** The event after which a cursor goes on; `undefined` for a cursor that this service has not written. */
export function decodeEventCursor(text: string): string | undefined {
  const id = Buffer.from(text, 'base64url').toString('utf8');
  return isId('evt', id) && encodeEventCursor(id) === text ? id : undefined;
}
