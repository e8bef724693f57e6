import type { Breakage } from '../breakage.ts';

const books = 'apps/ledger/src/ledger/ledger.ts';
const spec = 'apps/ledger/src/ledger/ledger.spec.ts';

/** What the ledger finds, and what it must not take for a loss. */
export const ledgerBreakages: readonly Breakage[] = [
  {
    name: 'ledger-sees-no-lost-delivery',
    breaks: 'A delivery that nobody goes on with is named.',
    edits: [{ file: books, text: 'if (sequence <= delivered(lane, shard)) yield', instead: 'if (sequence < 0) yield' }],
    tests: { file: spec },
  },
  {
    name: 'ledger-cries-wolf',
    breaks: 'What is under way counts as pending, however long it takes.',
    edits: [{ file: books, text: 'if (noted > routings) continue;', instead: '' }],
    tests: { file: spec },
  },
  {
    name: 'ledger-keeps-closed-orders',
    breaks: 'A ledger that was killed goes on without losing or doubling anything.',
    edits: [{ file: books, text: 'closed: changed.filter((id) => !this.#orders.has(id)),', instead: 'closed: [],' }],
    tests: { file: spec },
  },
  {
    name: 'ledger-counts-twice-after-a-crash',
    breaks: 'The figures move with the positions, in one transaction.',
    edits: [{ file: 'apps/ledger/src/keep/ledger-keeper.service.ts', text: 'from: kept?.positions ?? fromTheBeginning,', instead: 'from: fromTheBeginning,' }],
    tests: { file: 'apps/ledger/test/ledger.int.spec.ts', names: ['while it keeps its books'] },
  },
];
