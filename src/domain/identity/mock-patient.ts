/** A patient whom the mock identity provider lets in: never present where people are real. */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';

export interface MockPatient {
  readonly nhsNumber: string;
  /** P0, P5 or P9. */
  readonly level: string;
  readonly vot: string;
}

interface LoadMockPatient extends Command {
  readonly name: 'load-mock-patient';
  readonly patient: MockPatient;
}

export const mockPatientKey = (nhsNumber: string): string => `patient-login/${nhsNumber}`;

function decide(
  state: MockPatient | null,
  { patient }: LoadMockPatient,
  { key }: DecisionContext,
): Decision<MockPatient> {
  if (mockPatientKey(patient.nhsNumber) !== key) return { kind: 'refused', code: 'wrong-key' };
  if (state !== null && JSON.stringify(state) === JSON.stringify(patient))
    return { kind: 'unchanged', reply: { body: '' } };
  return { kind: 'accepted', state: patient, outbox: [], reply: { body: '' } };
}

export const mockPatientKind: RecordKind<MockPatient, LoadMockPatient> = {
  name: 'mock-patient',
  decode: ({ body }) => JSON.parse(body) as MockPatient,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View =>
    record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-patient' },
};
