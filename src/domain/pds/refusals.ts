/** Every way PDS says no. routes/pds/service.ts maps each code to status, display, issue and severity. */
import type { Refusal } from '../../engine/record-kind.ts';

export type PdsRefusalCode =
  | 'ACCESS_DENIED'
  | 'PATIENT_ACCESS_DENIED'
  | 'INVALID_METHOD'
  | 'MISSING_VALUE'
  | 'INVALID_VALUE'
  | 'INVALID_RESOURCE_ID'
  | 'RESOURCE_NOT_FOUND'
  | 'INVALIDATED_RESOURCE'
  | 'UNSUPPORTED_SERVICE'
  | 'UNSUPPORTED_REQUEST'
  | 'ADDITIONAL_PROPERTIES'
  | 'INVALID_SEARCH_DATA'
  | 'TOO_MANY_MATCHES'
  | 'PRECONDITION_FAILED'
  | 'RESOURCE_VERSION_MISMATCH'
  | 'INVALID_UPDATE'
  | 'FORBIDDEN_UPDATE'
  | 'INVALID_CREATE'
  | 'TOO_MANY_VALUES_SUBMITTED'
  | 'TOO_FEW_VALUES_SUBMITTED'
  | 'SINGLE_MATCH'
  | 'MULTIPLE_MATCHES'
  | 'INSERT_BIRTH_DEATH_STATUS_INCONSISTENT'
  | 'UNSUPPORTED_VALUE'
  | 'UNSUPPORTED_CHARACTERS_IN_FIELD'
  /** Internal: the number allocated for a new record has one already; the caller takes the next. */
  | 'number-in-use';

export interface PdsRefusal extends Refusal {
  readonly code: PdsRefusalCode;
}

/** `diagnostics` is the complete wire text; leave it out where the wire shows none. */
export function refuse(code: PdsRefusalCode, diagnostics?: string): PdsRefusal {
  return diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };
}

export const missingValue = (path: string): PdsRefusal => refuse('MISSING_VALUE', `Missing value - '${path}'`);

export const invalidValue = (value: string, field: string): PdsRefusal =>
  refuse('INVALID_VALUE', `Invalid value - '${value}' in field '${field}'`);

export const invalidUpdate = (reason: string): PdsRefusal =>
  refuse('INVALID_UPDATE', `Invalid update with error - ${reason}`);

export const forbiddenUpdate = (reason: string): PdsRefusal =>
  refuse('FORBIDDEN_UPDATE', `Forbidden update with error - ${reason}`);

export const invalidCreate = (reason: string): PdsRefusal =>
  refuse('INVALID_CREATE', `Invalid patient create data provided - '${reason}'`);
