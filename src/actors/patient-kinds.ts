/** The records that live in a patient's shard, those first to which others refer. One line here makes a kind known. */
import { patientAccess } from '../domain/access-control/patient-access.ts';
import { prescriptionOrder } from '../domain/eps/prescription-order.ts';
import { prescription } from '../domain/eps/prescription.ts';
import { statusUpdates } from '../domain/eps/status-updates.ts';
import { patientFlags } from '../domain/flags/patient-flags.ts';
import { demographics } from '../domain/pds/demographics.ts';
import { relatedPersons } from '../domain/pds/related-persons.ts';
import { accessAlerts } from '../domain/scr/access-alerts.ts';
import { summaryCareRecord } from '../domain/scr/summary.ts';
import type { MergeableKind, RecordKind } from '../engine/record-kind.ts';

export const PATIENT_KINDS: readonly MergeableKind<unknown>[] = [
  demographics,
  relatedPersons,
  summaryCareRecord,
  accessAlerts,
  patientFlags,
  patientAccess,
];

/** Several for each patient, each under a key of its own: a merge moves them one by one, after the patient. */
export const PRESCRIPTION_KINDS: readonly RecordKind<unknown>[] = [prescription, prescriptionOrder, statusUpdates];
