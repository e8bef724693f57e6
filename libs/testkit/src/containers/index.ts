export { prepareEngine, removeLeftovers } from './engine.ts';
export { defaultImages, images } from './images.ts';
