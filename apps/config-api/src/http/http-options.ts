import type { HttpAppOptions } from '@cepro/service';

/** How the API is served, and what its documentation begins with. */
export function httpOptions(
  config: { readonly HTTP_HOST: string; readonly HTTP_PORT: number; readonly HTTP_BODY_LIMIT_BYTES: number },
): HttpAppOptions {
  return {
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
    title: 'CE Pro Webhooks: endpoints',
    description: 'Register the endpoints that CE Pro sends an account\'s events to, test them, and see how they are doing.',
  };
}
