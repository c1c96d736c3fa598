/** The wishes that may be put to a patient's flags. */
import type { Flag } from 'fhir/r4';
import type { FlagCode } from './flag-codes.ts';
import type { PatientFlags, ProtectionPlan, Support } from './flags-state.ts';

/** Checked by `readFlag`; ids are given when it is stored. */
export interface CreateFlag {
  readonly name: 'create-flag';
  readonly code: FlagCode;
  readonly flag: Flag;
  readonly support: readonly Support[];
}

export interface AddSupport {
  readonly name: 'add-support';
  readonly code: FlagCode;
  readonly resource: Support;
}

export interface RemoveFlag {
  readonly name: 'remove-flag';
  readonly code: FlagCode;
  readonly reason: string;
}

export interface RemoveSupport {
  readonly name: 'remove-support';
  readonly type: Support['resourceType'];
  readonly id: string;
  readonly reason: string;
}

/** From the responsible local authority; null: the child is no longer under a plan. */
export interface RecordPlan {
  readonly name: 'record-plan';
  readonly plan: ProtectionPlan | null;
}

/** Looking at a plan is a change: the access is noted where the next one who looks can see it. */
export interface ShowPlan {
  readonly name: 'show-plan';
}

/** Part of merging two NHS numbers: what the retired number held comes to the surviving one. */
export interface AbsorbFlags {
  readonly name: 'absorb-flags';
  readonly retired: PatientFlags;
}

/** The other part: a retired number's flags are not served any more and stay as they were. */
export interface RetireFlags {
  readonly name: 'retire-flags';
}

export type FlagsCommand =
  | CreateFlag
  | AddSupport
  | RemoveFlag
  | RemoveSupport
  | RecordPlan
  | ShowPlan
  | AbsorbFlags
  | RetireFlags;

export interface ListFlags {
  readonly name: 'list-flags';
}

export interface GetFlag {
  readonly name: 'get-flag';
  readonly code: FlagCode;
}

export type FlagsQuery = ListFlags | GetFlag;
