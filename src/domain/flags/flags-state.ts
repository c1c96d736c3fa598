/** What is held of one patient's flags: each flag with what supports it, and the child protection plan. */
import type { Condition, Flag } from 'fhir/r4';
import type { FlagCode } from './flag-codes.ts';

export type Support = Flag | Condition;

export interface HeldFlag {
  readonly code: FlagCode;
  readonly flag: Flag;
  /** Never changed, only added and removed. */
  readonly support: readonly Support[];
}

/** As the responsible local authority told it. */
export interface ProtectionPlan {
  readonly type: string;
  readonly start: string;
  readonly end?: string;
  readonly authority: string;
  readonly phone: string;
}

export interface PlanAccess {
  readonly at: number;
  readonly organization: string;
  readonly role: string;
}

/** Why something was taken away, and by whom. */
export interface Removal {
  readonly at: number;
  /** A flag's code, or the address of a supporting resource. */
  readonly what: string;
  readonly reason: string;
  readonly by: string;
}

/** How many accesses to a plan, and how many removals, are kept beside the flags; the journal keeps all. */
export const RING = 25;

export interface PatientFlags {
  readonly flags: readonly HeldFlag[];
  readonly plan?: ProtectionPlan;
  /** Newest first, at most RING. */
  readonly accesses: readonly PlanAccess[];
  readonly removals: readonly Removal[];
}

export const NO_FLAGS: PatientFlags = { flags: [], accesses: [], removals: [] };
