/** `back`: it was lost a moment ago. */
export type ConnectionState = 'fine' | 'lost' | 'back';

const backForMs = 4_000;

/** Whether the API answers: told by every call, watched by the page. */
export class Connection {
  #state: ConnectionState = 'fine';
  readonly #watchers = new Set<() => void>();

  readonly state = (): ConnectionState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  report(lost: boolean): void {
    if (lost) this.#become('lost');
    else if (this.#state === 'lost') {
      this.#become('back');
      setTimeout(() => { if (this.#state === 'back') this.#become('fine'); }, backForMs);
    }
  }

  #become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}
