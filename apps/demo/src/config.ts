import { readEnvironment, serviceVariables, variable } from '@cepro/service';

const folder = (what: string) => variable.text({ what: `a folder ${what}` });

const listening = {
  MANAGEMENT_HOST: serviceVariables.MANAGEMENT_HOST,
  // Health alone: nobody measures the demo.
  MANAGEMENT_PORT: variable.integer({ of: 'a TCP port', min: 1, max: 65_535, fallback: 9106 }),
} as const;

export const authorityVariables = {
  DEMO_AUTHORITY_DIR: folder('for the authority, and the certificate of the receiver with its key'),
  DEMO_TRUST_DIR: folder('for the authority\'s own certificate alone'),
  DEMO_RECEIVER_URL: variable.url({ schemes: ['https:'] }),
} as const;

export const receiverVariables = {
  ...listening,
  DEMO_AUTHORITY_DIR: authorityVariables.DEMO_AUTHORITY_DIR,
  DEMO_RECEIVER_URL: authorityVariables.DEMO_RECEIVER_URL,
  DEMO_STATE_DIR: folder('that keeps the endpoint and its secret'),
  DEMO_ORIGIN_URL: variable.url({ schemes: ['http:', 'https:'] }),
  HTTP_PORT: variable.port(8080),
  AUTH_JWT_SECRET: variable.text({ what: 'the secret that tokens are signed with', minLength: 32 }),
  AUTH_AUDIENCE: variable.text({ what: 'the audience that tokens must name' }),
  AUTH_ISSUER: variable.text({ what: 'the issuer that tokens must name' }),
} as const;

export const publisherVariables = {
  ...listening,
  NATS_URL: serviceVariables.NATS_URL,
  NATS_SEEDS_DIR: folder('with the seed of each publishing domain'),
  DEMO_EVENTS: variable.integer({ of: 'events', min: 0, fallback: 0 }),
  DEMO_EVENTS_PER_MINUTE: variable.integer({ of: 'events', min: 1, max: 60_000, fallback: 12 }),
} as const;

/** Every variable that one of the programs reads. */
export const variables = { ...authorityVariables, ...receiverVariables, ...publisherVariables } as const;

/** @throws InvalidEnvironmentError */
export const readAuthorityConfig = (env: NodeJS.ProcessEnv) => readEnvironment(authorityVariables, env);
/** @throws InvalidEnvironmentError */
export const readReceiverConfig = (env: NodeJS.ProcessEnv) => readEnvironment(receiverVariables, env);
/** @throws InvalidEnvironmentError */
export const readPublisherConfig = (env: NodeJS.ProcessEnv) => readEnvironment(publisherVariables, env);
