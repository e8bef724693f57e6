export * from './access.guard.ts';
export * from './api-problems.ts';
export * from './http-app.ts';
export * from './problem.filter.ts';
export * from './problem.ts';
export * from './validation.ts';
