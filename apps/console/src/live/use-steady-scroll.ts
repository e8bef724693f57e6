import { useLayoutEffect, useRef } from 'react';

/**
 * For an element that scrolls through rows of one height: keeps what is on the screen where it is while rows are added above
 * it. At the very top the list follows what is new.
 */
export function useSteadyScroll(keys: readonly string[], rowHeight: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(keys);
  useLayoutEffect(() => {
    const known = before.current;
    before.current = keys;
    const element = scroller.current;
    if (known === keys || !element || element.scrollTop === 0) return;
    const first = Math.min(Math.floor(element.scrollTop / rowHeight), known.length - 1);
    const now = keys.indexOf(known[first] ?? '');
    if (now > first) element.scrollTop += (now - first) * rowHeight;
  }, [keys, rowHeight]);
  return scroller;
}
