/** What the demographics record of one patient holds: the shape every PDS rule works on. */
import type { Patient, Coverage, HumanName, Address, ContactPoint } from 'fhir/r4';

/** FHIR Patient as PDS serves it: items of lists carry server-made ids. */
export type PdsPatient = Patient;

export type RecordStatus = 'active' | 'superseded' | 'invalidated';

/**
 * Former values, found by fuzzy searches and by `_history=true`; of most only what these look at (`patch/history.ts`). Former
 * birth dates are never matched.
 */
export interface DemographicsHistory {
  readonly name?: readonly HumanName[];
  readonly address?: readonly Address[];
  readonly telecom?: readonly ContactPoint[];
  readonly gender?: readonly string[];
  readonly birthDate?: readonly string[];
}

/** Everything beside the served resource. Absent fields mean the ordinary case. */
export interface DemographicsAnnex {
  /** Absent: active. */
  readonly status?: Exclude<RecordStatus, 'active'>;
  /** The NHS number that lives on after a merge. */
  readonly supersededBy?: string;
  /** How many merges lie, at most, between a superseded number and this record. */
  readonly mergeDepth?: number;
  /** meta.security code when it is not U. */
  readonly confidentiality?: 'R' | 'V' | 'REDACTED';
  readonly history?: DemographicsHistory;
  /** Stored values that are never matched nor returned. */
  readonly hidden?: DemographicsHistory;
  /** The true removal reason where the served one is masked (AFN, SDN, LDN): the whole extension. */
  readonly removalFromRegistration?: unknown;
  /** Record sharing consent value 1, 2, 3 or 5. */
  readonly consent?: string;
  /** Per address id: the lines as stored, blank ones included. */
  readonly addressLines?: Readonly<Record<string, readonly (string | null)[]>>;
  readonly coverage?: Coverage;
  /** Stored but not served coverage (lacks a personal or an institution id). */
  readonly hiddenCoverage?: Coverage;
  /** NHS number of the mother for a record made at birth, and further facts that decide a repeat of it. */
  readonly birth?: { readonly mother: string };
}

/**
 * `resource` is exactly what an ordinary caller is served of an unrestricted record (masked, blank lines dropped),
 * so that most reads send the stored text as it is.
 */
export interface Demographics {
  readonly resource: PdsPatient;
  readonly annex: DemographicsAnnex;
}
