export * from './database.ts';
export * from './migrate.ts';
export * from './progress.telemetry.ts';
export * from './projector.ts';
export * from './rebuild.ts';
