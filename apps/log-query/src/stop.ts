/** Waits for something unless the service stops first: true when it has come, false when the service stops. */
export async function orStopped(event: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const { promise: stopped, resolve } = Promise.withResolvers<false>();
  const stop = () => resolve(false);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([event.then(() => true), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
