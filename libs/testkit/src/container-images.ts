/** What `npm run test:containers` runs by default: the images of docker-compose.yml; a test compares them. */
export const defaultImages = { nats: 'nats:2.15-alpine', postgres: 'postgres:17' } as const;

/** The images of the servers: `TEST_NATS_IMAGE`, of a nats-server 2.12 or later, and `TEST_POSTGRES_IMAGE`. */
export function images(env: NodeJS.ProcessEnv = process.env): Record<keyof typeof defaultImages, string> {
  return { nats: env['TEST_NATS_IMAGE'] || defaultImages.nats, postgres: env['TEST_POSTGRES_IMAGE'] || defaultImages.postgres };
}
