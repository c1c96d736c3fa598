/** Whose summary it is: one NHS number, and a Composition that speaks of this patient. */
import type { Composition, Patient } from 'fhir/r4';
import { NHS_NUMBER } from './upload-bundle.ts';
import type { UploadBundle } from './upload-bundle.ts';

export function patientFault(upload: UploadBundle, patient: Patient, composition: Composition): string | null {
  const identifiers = (patient.identifier ?? []).filter(({ system }) => system === NHS_NUMBER);
  if (identifiers.length === 0) return `patient.identifier[] for system ${NHS_NUMBER} must not be empty`;
  const values = identifiers.map(({ value }) => value).filter((value) => value !== undefined);
  if (values.length === 0) return `patient.identifier[].value for system ${NHS_NUMBER} must not be empty`;
  if (values.length > 1) return `Multiple Patient resource '${NHS_NUMBER}' identifiers`;
  const subject = upload.find('Patient', composition.subject);
  return subject === patient ? null : 'Composition.subject reference is missing or invalid';
}

export const nhsNumberOf = (patient: Patient): string =>
  patient.identifier?.find(({ system, value }) => system === NHS_NUMBER && value !== undefined)?.value ?? '';
