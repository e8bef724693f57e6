/** Under which Nest provides the service's configuration. */
export const CONFIG = Symbol('config');
