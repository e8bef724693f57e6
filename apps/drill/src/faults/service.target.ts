import type { App, System } from '@cepro/system';
import type { ServiceProcess } from '@cepro/testkit';
import { portsTo } from './sockets.ts';
import type { Target } from './target.ts';
import type { Watch } from './watch.ts';

/** An instance of a service. Of a worker it is noted, whenever it is killed or stopped, which connections it had to the receiver. */
export class ServiceTarget implements Target {
  readonly name: string;
  #service: ServiceProcess;
  /** Ends the note on what a worker had in flight. */
  #over: () => void = () => undefined;

  constructor(private readonly system: System, private readonly watch: Watch, private readonly app: App, private readonly instance?: string) {
    this.name = instance === undefined ? app : `${app}-${instance}`;
    this.#service = system.service(app, instance);
    this.#look(this.#service);
  }

  async kill(): Promise<void> {
    // For as long as it takes to look which requests are its own: with the process, its connections are gone.
    if (this.#sends) await this.#service.pause();
    this.#note('killed');
    this.watch.expect(this.#service);
    await this.#service.kill();
  }

  async start(): Promise<void> {
    this.#over();
    this.#look((this.#service = await this.system.launch(this.app, {}, this.instance)));
    await this.#ready();
  }

  async pause(): Promise<void> {
    await this.#service.pause();
    this.#note('stopped');
  }

  async resume(): Promise<void> {
    this.#over();
    this.#service.resume();
    await this.#ready();
  }

  async restart(): Promise<void> {
    this.watch.expect(this.#service);
    const code = await this.#service.stop();
    if (code !== 0) this.watch.report(`${this.name} ended with code ${code} when it was told to stop`);
    await this.start();
  }

  get #sends(): boolean {
    return this.app === 'delivery-worker';
  }

  #note(what: 'killed' | 'stopped'): void {
    if (!this.#sends) return;
    const { system, watch } = this;
    this.#over = watch.cut({ what, ports: portsTo(this.#service.pid, system.receiver.port) });
  }

  /** It may be waiting for something else that is broken just now. */
  async #ready(): Promise<void> {
    await this.#service.ready(this.watch.patienceMs).catch((error: Error) => this.watch.report(error.message));
  }

  #look(service: ServiceProcess): void {
    service.exited.then(async ({ code }) => {
      if (this.watch.expected(service)) return;
      this.watch.report(`${this.name} ended by itself with code ${code}; it wrote:\n${service.lines.slice(-5).join('\n')}`);
      // As Kubernetes would.
      this.#look((this.#service = await this.system.launch(this.app, {}, this.instance)));
    }).catch((error: Error) => this.watch.report(`${this.name} could not be started again: ${error.message}`));
  }
}
