/**
 * Who may see or change a summary, decided on facts that lie in one shard: the patient's permission and what PDS knows.
 * The public API enforces dissent alone; relationships and asking for permission to view are the caller's duty.
 */
import { BAD_NHS_NUMBER, DISSENT } from './refusals.ts';
import type { ScrRefusal } from './refusals.ts';
import type { SummaryCareRecord } from './summary-state.ts';

/** What the demographics beside the summary say, read without knowing their rules. */
export interface PatientFacts {
  readonly known: boolean;
  readonly supersededBy?: string;
  readonly invalidated: boolean;
  /** Nothing may tell where the patient is. */
  readonly restricted: boolean;
  readonly deceased: boolean;
}

const NOBODY: PatientFacts = { known: false, invalidated: false, restricted: false, deceased: false };

/** `demographics` is the neighbouring record, or null. A number PDS does not know is not refused: no source asks for it. */
export function patientFacts(demographics: unknown): PatientFacts {
  if (typeof demographics !== 'object' || demographics === null) return NOBODY;
  const { annex = {}, resource = {} } = demographics as {
    annex?: { status?: string; supersededBy?: string; confidentiality?: string };
    resource?: { deceasedDateTime?: string };
  };
  return {
    known: true,
    ...(annex.supersededBy === undefined ? {} : { supersededBy: annex.supersededBy }),
    invalidated: annex.status === 'invalidated',
    restricted: annex.confidentiality === 'R' || annex.confidentiality === 'V',
    deceased: resource.deceasedDateTime !== undefined,
  };
}

export type AccessDecision =
  /** `withhold`: the answer goes out without whatever tells where the patient is. */
  | { readonly kind: 'permitted'; readonly withhold: 'nothing' | 'location' }
  | { readonly kind: 'moved'; readonly key: string }
  | ScrRefusal;

type Action = 'view' | 'upload' | 'set-permission';

/** Death changes nothing: the summary stays under the permission the patient gave. */
export function decideAccess(action: Action, facts: PatientFacts, record: SummaryCareRecord | null): AccessDecision {
  if (facts.invalidated) return BAD_NHS_NUMBER;
  if (facts.supersededBy !== undefined) {
    return action === 'view' ? { kind: 'moved', key: facts.supersededBy } : BAD_NHS_NUMBER;
  }
  if (action !== 'set-permission' && record?.permission?.code === 'No') return DISSENT;
  return { kind: 'permitted', withhold: facts.restricted ? 'location' : 'nothing' };
}
