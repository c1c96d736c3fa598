/** What every client does: read a patient, find them, change them once, and be told apart from one who is too late. */
import { WireClient } from '../wire-client.ts';
import type { WireAnswer } from '../wire-client.ts';
import { textAt } from '../json.ts';

export const PDS_BASE = '/personal-demographics/FHIR/R4';

/** Facts of the patient the clients work on, learnt over the wire. */
export interface Subject {
  readonly nhsNumber: string;
  readonly family: string;
  readonly birthDate: string;
  readonly version: string;
  /** What the gender is to become: always another than it is. */
  readonly gender: 'female' | 'male';
}

export async function subject(target: string, nhsNumber: string): Promise<Subject> {
  const answer: WireAnswer = await new WireClient(target).get(`/Patient/${nhsNumber}`);
  if (answer.status !== 200)
    throw new Error(`GET Patient/${nhsNumber} answers ${answer.status}: ${answer.text.slice(0, 200)}`);
  return {
    nhsNumber,
    family: textAt(answer.body, 'name/0/family'),
    birthDate: textAt(answer.body, 'birthDate'),
    version: textAt(answer.body, 'meta/versionId'),
    gender: textAt(answer.body, 'gender') === 'female' ? 'male' : 'female',
  };
}

export const changeOf = (patient: Subject): object => ({
  patches: [{ op: 'replace', path: '/gender', value: patient.gender }],
});

export const searchOf = (patient: Subject): Readonly<Record<string, string>> => ({
  family: patient.family,
  birthdate: `eq${patient.birthDate}`,
});
