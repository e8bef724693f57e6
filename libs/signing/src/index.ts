export type { Body } from './body.ts';
export * from './ce-pro.ts';
export { generateSecret, InvalidSecretError, signingKey, type SigningKey } from './secret.ts';
export * from './standard.ts';
export { exampleHeaders, requestHeaders, type WebhookRequest } from './webhook-request.ts';
