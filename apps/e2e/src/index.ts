export * from './books.ts';
export * from './browser.ts';
export * from './events.ts';
export * from './gallery.ts';
export * from './notifications.ts';
export * from './own-endpoint.ts';
export * from './stores.ts';
export * from '@cepro/system';
