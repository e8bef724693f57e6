export * from './api-client.ts';
export * from './system.ts';
