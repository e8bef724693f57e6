export { prepareEngine, removeLeftovers } from './engine.ts';
