export * from './api-client.ts';
export * from './permitted-nats.ts';
export * from './system.ts';
