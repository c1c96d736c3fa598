/** What of a restricted patient may be seen: nothing that could tell where the person is (R), nor who (V). */
import type { Extension } from 'fhir/r4';
import {
  BIRTH_PLACE,
  MEDICAL_APPLIANCE_SUPPLIER,
  NOMINATED_PHARMACY,
  PREFERRED_DISPENSER,
} from '../../fhir/pds-extensions.ts';
import type { DemographicsAnnex, PdsPatient } from './demographics-state.ts';

type Confidentiality = DemographicsAnnex['confidentiality'];

/** `managingOrganization` is the practice a de-registered patient had: it tells as much as the practice itself. */
const locating = ['address', 'telecom', 'contact', 'generalPractitioner', 'managingOrganization'] as const;
const locatingExtensions = new Set([NOMINATED_PHARMACY, PREFERRED_DISPENSER, MEDICAL_APPLIANCE_SUPPLIER, BIRTH_PLACE]);

export function isRestricted(annex: DemographicsAnnex): boolean {
  return annex.confidentiality === 'R' || annex.confidentiality === 'V';
}

/** Leaves an unrestricted patient as it is (the same object). */
export function redact(patient: PdsPatient, confidentiality: Confidentiality): PdsPatient {
  if (confidentiality === undefined) return patient;
  const seen: PdsPatient = { ...patient };
  for (const element of locating) delete seen[element];
  if (confidentiality !== 'R') {
    delete seen.name;
    delete seen.birthDate;
    delete seen._birthDate;
  }
  return withExtensions(
    seen,
    (seen.extension ?? []).filter((extension) => !locatingExtensions.has(extension.url)),
  );
}

/** Sets the extensions in place of the old ones; none means no such element. */
export function withExtensions(patient: PdsPatient, extensions: Extension[]): PdsPatient {
  if (extensions.length > 0) return { ...patient, extension: extensions };
  const { extension: _none, ...rest } = patient;
  return rest;
}
