export * from './demo-account.ts';
export * from './demo-endpoint.ts';
export * from './verdict.ts';
