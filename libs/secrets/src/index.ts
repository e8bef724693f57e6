export * from './key-ring.ts';
export * from './sealed-secret.ts';
