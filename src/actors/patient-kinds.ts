/** The records that live in a patient's shard, those first to which others refer. One line here makes a kind known. */
import { patientAccess } from '../domain/access-control/patient-access.ts';
import { patientFlags } from '../domain/flags/patient-flags.ts';
import { demographics } from '../domain/pds/demographics.ts';
import { relatedPersons } from '../domain/pds/related-persons.ts';
import { accessAlerts } from '../domain/scr/access-alerts.ts';
import { summaryCareRecord } from '../domain/scr/summary.ts';
import type { MergeableKind } from '../engine/record-kind.ts';

export const PATIENT_KINDS: readonly MergeableKind<unknown>[] = [
  demographics,
  relatedPersons,
  summaryCareRecord,
  accessAlerts,
  patientFlags,
  patientAccess,
];
