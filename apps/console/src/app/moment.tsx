import { exactTime, shortTime } from './time.ts';

/** A time in the viewer's zone, to the millisecond when the pointer rests on it. */
export function Moment({ at }: { readonly at: string }) {
  return <time dateTime={at} title={exactTime(at)}>{shortTime(at)}</time>;
}
