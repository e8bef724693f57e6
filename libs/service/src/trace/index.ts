export * from './start-tracer.ts';
export * from './trace-variables.ts';
export * from './tracer.ts';
