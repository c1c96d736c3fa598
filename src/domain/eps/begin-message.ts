/** How a dispenser's message about an ordered prescription begins: is it here, was it told before, what was due meanwhile? */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { brought } from './activity.ts';
import type { OrderFacts, Prescription } from './prescription-state.ts';
import { refuse } from './refusals.ts';

export interface Begun {
  readonly kind: 'begun';
  readonly order: OrderFacts;
  /** The prescription with all that was due by now. */
  readonly before: Prescription;
}

const DONE: Decision<Prescription> = { kind: 'unchanged', reply: { body: '' } };

/** A message that stands in the log changes nothing; a decision is all there is to say. */
export function beginMessage(
  state: Prescription | null,
  messageId: string,
  { now }: Pick<DecisionContext, 'now'>,
): Begun | Decision<Prescription> {
  if (state?.movedTo !== undefined) return refuse('moved', state.movedTo);
  if (state?.order === undefined) return refuse('PRESCRIPTION_NOT_FOUND');
  if (state.log.some((entry) => entry.messageId === messageId)) return DONE;
  return { kind: 'begun', order: state.order, before: brought(state, now) };
}
