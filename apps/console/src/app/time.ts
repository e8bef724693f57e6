const toTheSecond = { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', second: '2-digit' } as const;
const short = new Intl.DateTimeFormat(undefined, toTheSecond);
const shortWithYear = new Intl.DateTimeFormat(undefined, { ...toTheSecond, year: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, {
  weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, timeZoneName: 'short',
});

/** A time as the page shows it, in the viewer's zone; with its year unless that is the current one. */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  return (time.getFullYear() === now.getFullYear() ? short : shortWithYear).format(time);
}

/** The same to the millisecond, with the zone. */
export const exactTime = (iso: string): string => exact.format(new Date(iso));

/** A duration in milliseconds, such as "182 ms" or "1.25 s". */
export function duration(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${Number((ms / 1_000).toFixed(2))} s`;
}

/** How long it is until a time, such as "4 min 12 s"; "now" once it has come. */
export function countdown(iso: string, now: number): string {
  const seconds = Math.ceil((Date.parse(iso) - now) / 1_000);
  if (seconds <= 0) return 'now';
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes === 0 ? `${rest} s` : `${minutes} min ${rest} s`;
}
