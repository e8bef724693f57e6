import type { Outcome } from '../api/client.ts';
import { ToneText } from '../app/tone.tsx';

const tones = { Success: 'good', Failed: 'bad', Retrying: 'wait' } as const;

export function OutcomeText({ outcome }: { readonly outcome: Outcome }) {
  return <ToneText tone={tones[outcome]}>{outcome}</ToneText>;
}
