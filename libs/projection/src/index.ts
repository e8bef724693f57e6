export * from './database.ts';
export * from './migrate.ts';
export * from './projector.ts';
export * from './rebuild.ts';
