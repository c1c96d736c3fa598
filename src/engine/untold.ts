/** Commands that leave no change in the journal leave an access entry instead: nothing that was answered is without a trace. */
import type { Outcome } from './envelope.ts';

/** What is to be written down of a command that changed nothing; null where its change tells. */
export function withoutEntry(outcome: Outcome): string | null {
  if (outcome.kind === 'refused') return outcome.code;
  if (outcome.kind !== 'replied') return null;
  if (outcome.replayed === true) return 'replayed';
  return outcome.effect === 'unchanged' ? 'unchanged' : null;
}
