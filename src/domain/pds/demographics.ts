/** The demographics record of a patient: which file answers which command and query. */
import type { Agent, Decision, DecisionContext, MergeableKind, Refusal, View } from '../../engine/record-kind.ts';
import type { DemographicsCommand, DemographicsQuery } from './commands.ts';
import { decideUpdateCoverage, guardUpdateCoverage, viewCoverage } from './coverage.ts';
import { decideCreatePatient } from './create-patient.ts';
import { annexOf, annexText } from './annex-text.ts';
import type { Demographics, PdsPatient } from './demographics-state.ts';
import { seenBy } from './entitlements.ts';
import { viewConfidentiality, viewIdentity, viewPatient } from './get-patient.ts';
import { decideAbsorb, decideSupersede, guardMerge, handOverPatient } from './merge-patients.ts';
import { decidePatchPatient, guardPatchPatient } from './patch-patient.ts';
import { refuseForeignRecord } from './record-access.ts';
import { refuse } from './refusals.ts';
import { resourceText } from './resource-text.ts';
import { viewSearchEntry } from './search-entry.ts';
import { indexDemographics } from './search-index.ts';

export const demographics: MergeableKind<Demographics, DemographicsCommand, DemographicsQuery> = {
  name: 'demographics',

  decode: ({ body, annex }) => ({
    resource: JSON.parse(body) as PdsPatient,
    annex: annexOf(annex),
  }),

  encode: ({ resource, annex }) => ({ body: resourceText(resource), annex: annexText(annex) }),

  guard(state, command, context): Refusal | null {
    switch (command.name) {
      case 'patch-patient':
        return refuseForeignRecord(context.agent, context.key) ?? guardPatchPatient(state, command, context);
      case 'update-coverage':
        return guardUpdateCoverage(state, command, context);
      case 'create-patient':
        return null;
      case 'supersede':
        return guardMerge(state, command.by, context);
      case 'absorb':
        return guardMerge(state, command.from, context);
    }
  },

  decide(state, command, context: DecisionContext): Decision<Demographics> {
    switch (command.name) {
      case 'patch-patient':
        if (state === null) return refuse('RESOURCE_NOT_FOUND');
        return asSeen(decidePatchPatient(state, command, context), context.agent);
      case 'update-coverage':
        return decideUpdateCoverage(state, command, context);
      case 'create-patient':
        return decideCreatePatient(state, command, context);
      case 'supersede':
        return decideSupersede(state, command, context);
      case 'absorb':
        return decideAbsorb(state, command, context);
    }
  },

  view(record, query, context): View {
    switch (query.name) {
      case 'get-patient':
        return viewPatient(record, context);
      case 'match-patient':
        return viewSearchEntry(record, query, context);
      case 'get-coverage':
        return viewCoverage(record, context);
      case 'get-confidentiality':
        return viewConfidentiality(record);
      case 'get-identity':
        return viewIdentity(record);
    }
  },

  index: indexDemographics,
  handOver: handOverPatient,
};

/** Entitled callers see in the answer to an update what they see in a retrieval; all others the stored text itself. */
function asSeen(decision: Decision<Demographics>, agent: Agent): Decision<Demographics> {
  if (decision.kind !== 'accepted') return decision;
  const seen = seenBy(agent, decision.state);
  if (seen === decision.state.resource) return decision;
  return { ...decision, reply: { ...decision.reply, body: JSON.stringify(seen) } };
}
