import type { EventType } from '@cepro/contracts';
import type { System } from '@cepro/system';
import type { Answer, ReceivedRequest } from '@cepro/testkit';
import type { ListeningEndpoint, SeenRequest } from '../audit/evidence.ts';
import type { Random } from '../schedule/random.ts';

/** The accounts whose events are published. */
export const accountIds = ['acct_drill_1', 'acct_drill_2', 'acct_drill_3'] as const;
/** The types that are published. */
export const eventTypes = ['invoice.paid', 'job.completed'] as const satisfies readonly EventType[];

interface Kind {
  readonly name: string;
  readonly events: readonly EventType[];
  /** How long an answer takes, at least and at most, in milliseconds: what is in flight when something breaks. */
  readonly delayMs: readonly [number, number];
  /** What an attempt is answered, so many milliseconds after the beginning. */
  status(attempt: number, elapsedMs: number): number;
}

/** What each account has: receivers that are well, and others. */
function kinds(random: Random): Kind[] {
  const [periodMs, badMs, offsetMs] = [random.between(9_000, 15_000), random.between(3_000, 5_000), random.between(0, 15_000)];
  return [
    { name: 'steady', events: eventTypes, delayMs: [5, 150], status: () => 200 },
    { name: 'slow', events: eventTypes, delayMs: [300, 1_200], status: () => 200 },
    { name: 'flapping', events: eventTypes, delayMs: [5, 60], status: (_, elapsedMs) => ((elapsedMs + offsetMs) % periodMs < badMs ? 500 : 200) },
    // By the number of the attempt and not by what came before, so that one that comes twice is answered alike.
    { name: 'third', events: ['invoice.paid'], delayMs: [5, 60], status: (attempt) => (attempt < 3 ? 500 : 200) },
    { name: 'never', events: ['job.completed'], delayMs: [5, 60], status: () => 500 },
  ];
}

/** The receivers of a run: what they got, and what they answered. */
export class Receivers {
  readonly requests: SeenRequest[] = [];
  readonly endpoints: ListeningEndpoint[] = [];
  #accepted = 0;

  private constructor(private readonly random: Random) {}

  /** Registers the endpoints of all accounts. */
  static async open(system: System, random: Random): Promise<Receivers> {
    const receivers = new Receivers(random);
    for (const accountId of accountIds) {
      const account = await system.account(accountId);
      for (const kind of kinds(random)) {
        const at = system.receiver.at(`/${accountId}/${kind.name}`);
        const startedAt = Date.now();
        at.answer((request) => receivers.#answer(kind, request, startedAt));
        const { id, events } = await account.anEndpoint({ url: at.url, events: [...kind.events] });
        receivers.endpoints.push({ id, accountId, events });
      }
    }
    return receivers;
  }

  /** How many deliveries were accepted, those that came again counted again. */
  get accepted(): number {
    return this.#accepted;
  }

  #answer({ status: statusOf, delayMs }: Kind, { headers, receivedAt, remotePort }: ReceivedRequest, startedAt: number): Answer {
    const attempt = Number(headers['x-webhook-attempt']);
    const status = statusOf(attempt, receivedAt.getTime() - startedAt);
    this.requests.push({ deliveryId: String(headers['x-webhook-id']), attempt, receivedAt: receivedAt.getTime(), port: remotePort, status });
    if (status === 200) this.#accepted += 1;
    return { status, delayMs: this.random.between(...delayMs) };
  }
}
