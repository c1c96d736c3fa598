/** Every way the patient flags say no. routes/flags/refusal-table.ts gives each code its form on the wire. */
import type { Refusal } from '../../engine/record-kind.ts';

export type FlagsRefusalCode =
  | 'ACCESS_DENIED'
  | 'DUPLICATE_RESOURCE'
  | 'FORBIDDEN_UPDATE'
  | 'INVALID_RESOURCE_ID'
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'RESOURCE_NOT_FOUND';

export interface FlagsRefusal extends Refusal {
  readonly code: FlagsRefusalCode;
}

export const refuse = (code: FlagsRefusalCode, diagnostics: string): FlagsRefusal => ({
  kind: 'refused',
  code,
  diagnostics,
});

export const missing = (path: string): FlagsRefusal => refuse('MISSING_VALUE', `Missing value - '${path}'`);

export const invalid = (value: string, field: string): FlagsRefusal =>
  refuse('INVALID_VALUE', `Invalid value - '${value.slice(0, 256)}' in field '${field}'`);
