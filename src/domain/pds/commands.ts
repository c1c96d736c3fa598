/** The wishes that PDS routes may put to a patient's demographics record. */
import type { Coverage } from 'fhir/r4';
import type { PdsPatient } from './demographics-state.ts';
import type { AbsorbPatient, SupersedePatient } from './merge-patients.ts';
import type { SearchCriteria } from './search-criteria.ts';

/** One RFC 6902 operation as the client sent it; nothing about it is trusted yet. */
export interface PatchOperation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** `patches` is the member of the request body, unchecked; undefined when the body has none. */
export interface PatchPatient {
  readonly name: 'patch-patient';
  readonly patches: unknown;
}

/** `patient` was checked by `checkCreatePatient` and normalised by `newPatient`; ids and version are still missing. */
export interface CreatePatient {
  readonly name: 'create-patient';
  readonly patient: PdsPatient;
  readonly birth?: { readonly mother: string };
}

/** `coverage` was checked by `checkCoverage`. */
export interface UpdateCoverage {
  readonly name: 'update-coverage';
  readonly coverage: Coverage;
}

export type DemographicsCommand = PatchPatient | CreatePatient | UpdateCoverage | SupersedePatient | AbsorbPatient;

export interface GetPatient {
  readonly name: 'get-patient';
}

/** The record as one entry of a search result, if it still meets the criteria. */
export interface MatchPatient {
  readonly name: 'match-patient';
  readonly criteria: SearchCriteria;
}

export interface GetCoverage {
  readonly name: 'get-coverage';
}

/** Whether the record is restricted; asked on behalf of another patient's related persons. */
export interface GetConfidentiality {
  readonly name: 'get-confidentiality';
}

/** The facts by which a registration tells whether this is the person; unredacted, asked by the register alone. */
export interface GetIdentity {
  readonly name: 'get-identity';
}

export type DemographicsQuery = GetPatient | MatchPatient | GetCoverage | GetConfidentiality | GetIdentity;
