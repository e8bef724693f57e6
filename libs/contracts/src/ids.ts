import { createHash, randomBytes } from 'node:crypto';

/**
 * Ids are a prefix and a UUIDv7 (RFC 9562), so that they sort by time and say what they name:
 * `wh_` an endpoint, `evt_` an event, `dlv_` a delivery.
 */
export type IdPrefix = 'wh' | 'evt' | 'dlv';

const ACCOUNT_ID = /^[A-Za-z0-9_-]{1,64}$/;
const UUID_V7 = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const ID: Record<IdPrefix, RegExp> = {
  wh: new RegExp(`^wh_${UUID_V7}$`),
  evt: new RegExp(`^evt_${UUID_V7}$`),
  dlv: new RegExp(`^dlv_${UUID_V7}$`),
};

/** True for an account id that can stand in a subject: `[A-Za-z0-9_-]{1,64}`. */
export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && ACCOUNT_ID.test(value);
}

/** True for an id of that kind, in the exact form in which this system writes it. */
export function isId(prefix: IdPrefix, value: unknown): value is string {
  return typeof value === 'string' && ID[prefix].test(value);
}

/** A new endpoint id, made at `now` (milliseconds since the epoch). */
export function newEndpointId(now = Date.now()): string {
  return `wh_${uuidV7(now, randomBytes(10))}`;
}

/** A new delivery id for a request that no event caused: a Send Test. `now` in milliseconds since the epoch. */
export function newTestDeliveryId(now = Date.now()): string {
  return `dlv_${uuidV7(now, randomBytes(10))}`;
}

/**
 * The id of the event stored at `sequence` of the event stream at `storedAt` (milliseconds). Both are facts of the
 * stream, so whoever reads the event again gets the same id.
 */
export function eventIdOf(sequence: number, storedAt: number): string {
  return `evt_${uuidV7(storedAt, digest('event', String(sequence)))}`;
}

/**
 * The id of the delivery of an event to an endpoint: a pure function of both, so that routing an event twice names
 * the same delivery. It carries the event's time.
 */
export function deliveryIdOf(eventId: string, endpointId: string): string {
  return `dlv_${uuidV7(timeOfId(eventId), digest(eventId, endpointId))}`;
}

/** The time inside an id, in milliseconds since the epoch. The id must have passed {@link isId}. */
export function timeOfId(id: string): number {
  const uuid = id.slice(id.indexOf('_') + 1);
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

function digest(...parts: string[]): Uint8Array {
  return createHash('sha256').update(parts.join('\n')).digest();
}

/** RFC 9562, 5.7: 48 bits of milliseconds, version 7, 12 bits, variant 10, 62 bits. `entropy` gives 10 bytes or more. */
function uuidV7(milliseconds: number, entropy: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  bytes.set(entropy.subarray(0, 10), 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
