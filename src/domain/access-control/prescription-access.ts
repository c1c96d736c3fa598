/**
 * May whoever asks prescribe or dispense for this patient? Level and activity are looked at in the step of the act. The
 * prescription itself stands for relationship and permission: the patient chose the prescriber, and nominated the dispenser
 * or brought him the number.
 */
import type { Agent, Command, Refusal, ViewContext } from '../../engine/record-kind.ts';
import { decideAccess } from './access-decision.ts';
import type { Action } from './access-decision.ts';
import { callerOf, factsOf, UNKNOWN_CALLER } from './facts.ts';
import type { CallerFacts } from './facts.ts';
import { isGuarded } from './guarded-kind.ts';
import type { AccessControl } from './guarded-kind.ts';

/** What messages want, by command; the service's own commands are not here. */
const ACTS: Readonly<Record<string, Action>> = {
  'place-order': 'prescribe',
  'cancel-item': 'prescribe',
  release: 'dispense',
  return: 'dispense',
  'notify-dispense': 'dispense',
  withdraw: 'dispense',
  claim: 'dispense',
};

export interface Acting {
  readonly nhsNumber: string;
  readonly agent: Agent;
  readonly caller: CallerFacts | undefined;
  readonly command: Command & { readonly by?: string; readonly releaseId?: string };
}

type Around = Pick<ViewContext, 'neighbour' | 'now'>;

/** Null: he may. */
export function actRefusal(
  { agent, caller = UNKNOWN_CALLER, command, nhsNumber }: Acting,
  control: AccessControl,
  around: Around,
): Refusal | null {
  const action = actionOf(command);
  if (control !== 'enforced' || action === undefined || !isGuarded(agent)) return null;
  const facts = factsOf(nhsNumber, null, { key: nhsNumber, ...around });
  const verdict = decideAccess(callerOf(agent, caller), facts, { action, now: around.now });
  return verdict.kind === 'refuse' ? { kind: 'refused', code: verdict.code } : null;
}

function actionOf({ by, name, releaseId }: Acting['command']): Action | undefined {
  // What is released without anybody watching is what patients sent there themselves.
  if (name === 'release' && by === 'nomination') return 'collect-nominated';
  // A return of one certain release is the service's own, after a bad signature.
  if (name === 'return' && releaseId !== undefined) return undefined;
  return Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
}
