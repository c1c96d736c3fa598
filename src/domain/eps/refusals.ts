/** Every way a prescription says no. routes/eps/refusal-table.ts gives each code its form on the wire. */
import type { Refusal } from '../../engine/record-kind.ts';

export type EpsRefusalCode =
  | 'PATIENT_DECEASED'
  | 'MISSING_DIGITAL_SIGNATURE'
  | 'INVALID_NUMBER_MEDICATIONREQUESTS'
  | 'INVALID_REPEAT_COUNT'
  | 'DUPLICATE_PRESCRIPTION_ID'
  | 'DUPLICATE_MEDICATIONREQUEST_ID'
  | 'INVALID_CHECK_DIGIT'
  | 'INVALID_RESOURCE_ID'
  | 'FAILURE_TO_PROCESS_MESSAGE'
  | 'PRESCRIPTION_CANCELLED'
  | 'PRESCRIPTION_EXPIRED'
  | 'PRESCRIPTION_DISPENSED'
  | 'PRESCRIPTION_WITH_ANOTHER_DISPENSER'
  | 'RESOURCE_NOT_FOUND'
  | 'NO_MORE_PRESCRIPTIONS'
  | 'PRESCRIPTION_NOT_FOUND'
  | 'MEDICATIONREQUEST_NOT_FOUND'
  | 'PRESCRIPTION_INVALID_STATE_TRANSITION'
  | 'MEDICATIONREQUEST_INVALID_STATE_TRANSITION'
  | 'MISMATCH_AUTHORISED_REPEAT_COUNT'
  | 'DISPENSE_AMEND_IDENTIFIER_MISMATCH'
  | 'CLAIM_INVALID_NOT_DISPENSED'
  | 'CLAIM_AMEND_PERIOD_ISSUE'
  /** Cancellations: nothing such, or another patient's. */
  | 'R-0008'
  | 'R-5000'
  /** The prescription lives on under another NHS number; `diagnostics` names it. Followed, never sent. */
  | 'moved';

export interface EpsRefusal extends Refusal {
  readonly code: EpsRefusalCode;
}

export const refuse = (code: EpsRefusalCode, diagnostics?: string): EpsRefusal => ({
  kind: 'refused',
  code,
  ...(diagnostics === undefined ? {} : { diagnostics }),
});
