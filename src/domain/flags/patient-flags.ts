/** The flags of one patient: which file answers which command and query, and how they are stored. */
import type { Agent, Decision, MergeableKind, RecordView, View, ViewContext } from '../../engine/record-kind.ts';
import { isMerger } from '../../nhs/merger.ts';
import { decideAddSupport, decideCreate, decideRemove, decideRemoveSupport } from './change-flags.ts';
import type { FlagsCommand, FlagsQuery } from './commands.ts';
import { CHILD_PROTECTION } from './flag-codes.ts';
import type { FlagCode } from './flag-codes.ts';
import { NO_FLAGS, RING } from './flags-state.ts';
import type { PatientFlags } from './flags-state.ts';
import { patientFacts } from './patient-facts.ts';
import { decidePlan, decideShowPlan, planFlag } from './protection-plan.ts';
import { refuse } from './refusals.ts';
import { withDetails } from './support-references.ts';

export const patientFlags: MergeableKind<PatientFlags, FlagsCommand, FlagsQuery> = {
  name: 'patient-flags',
  decode: ({ annex, body }) => ({ flags: JSON.parse(body), ...JSON.parse(annex) }) as PatientFlags,
  encode: ({ flags, ...rest }) => ({ body: JSON.stringify(flags), annex: JSON.stringify(rest) }),

  guard(_state, _command, { neighbour }) {
    const facts = patientFacts(neighbour('demographics'));
    if ('kind' in facts) return facts;
    return facts.supersededBy === undefined
      ? null
      : refuse('INVALID_RESOURCE_ID', 'The NHS number has been superseded in a merge');
  },

  decide(state, command, context) {
    const held = state ?? NO_FLAGS;
    switch (command.name) {
      case 'create-flag':
        return decideCreate(held, command, context);
      case 'add-support':
        return decideAddSupport(held, command, context);
      case 'remove-flag':
        return decideRemove(held, command, context);
      case 'remove-support':
        return decideRemoveSupport(held, command, context);
      case 'record-plan':
        return decidePlan(held, command);
      case 'show-plan':
        return contentFault(context.agent) ?? decideShowPlan(held, context);
      case 'absorb-flags':
        return isMerger(context.agent) ? decideAbsorb(held, command.retired) : NOT_THE_MERGER;
      case 'retire-flags':
        return isMerger(context.agent) ? { kind: 'unchanged', reply: { body: '' } } : NOT_THE_MERGER;
    }
  },

  view: (record, query, context) => viewFlags(record, query, context),

  handOver: (state) => ({
    absorb: state === null ? null : { name: 'absorb-flags', retired: state },
    retire: { name: 'retire-flags' },
  }),
};

/** Defence in depth: no other door leads to what a merge does. */
const NOT_THE_MERGER = refuse('ACCESS_DENIED', 'Only a merge does this');

/** That a flag is there is told to everyone who may see the record; what it says, only to people who are known. */
const contentFault = ({ mode }: Agent) =>
  mode === 'application-restricted'
    ? refuse('ACCESS_DENIED', 'The content of a flag is shown to users with a role, not to applications')
    : null;

/** A JSON list of resources: the flags alone, or one flag and what supports it. */
function viewFlags(record: RecordView<PatientFlags> | null, query: FlagsQuery, context: ViewContext): View {
  const facts = patientFacts(context.neighbour('demographics'));
  if ('kind' in facts) return facts;
  if (facts.supersededBy !== undefined) return { kind: 'moved', key: facts.supersededBy };
  const state = record?.state() ?? NO_FLAGS;
  if (query.name === 'list-flags') return found(topFlags(state, context.key));
  const denied = contentFault(context.agent);
  if (denied !== null) return denied;
  // A plan is shown by a command of its own, which notes who looked.
  if (query.code === CHILD_PROTECTION) {
    return { kind: 'found', body: '[]', attributes: { plan: state.plan === undefined ? 'none' : 'held' } };
  }
  return found(content(state, query.code));
}

const found = (resources: readonly object[]): View => ({ kind: 'found', body: JSON.stringify(resources) });

const topFlags = (state: PatientFlags, key: string): readonly object[] => [
  ...state.flags.map(({ flag }) => flag),
  ...(state.plan === undefined ? [] : [planFlag(key)]),
];

function content(state: PatientFlags, code: FlagCode): readonly object[] {
  const held = state.flags.find((one) => one.code === code);
  return held === undefined ? [] : [withDetails(held), ...held.support];
}

/** Flags that only the retired number had come over; of two of one kind the surviving number's stays, with all support. */
function decideAbsorb(state: PatientFlags, retired: PatientFlags): Decision<PatientFlags> {
  const flags = state.flags.map((held) => {
    const other = retired.flags.find(({ code }) => code === held.code);
    return other === undefined ? held : { ...held, support: [...held.support, ...other.support] };
  });
  const missing = retired.flags.filter(({ code }) => !state.flags.some((held) => held.code === code));
  const plan = state.plan ?? retired.plan;
  const next: PatientFlags = {
    flags: [...flags, ...missing],
    ...(plan === undefined ? {} : { plan }),
    accesses: newest(state.accesses, retired.accesses),
    removals: newest(state.removals, retired.removals),
  };
  return { kind: 'accepted', state: next, outbox: [], reply: { body: '' } };
}

const newest = <T extends { readonly at: number }>(one: readonly T[], other: readonly T[]): readonly T[] =>
  [...one, ...other].toSorted((a, b) => b.at - a.at).slice(0, RING);
