/** The operations on single records, by method and target: asked for alone, or as entries of a Bundle. */
import type { Handler } from './call.ts';
import { createPatient } from './create-patient.ts';
import { getPatient } from './get-patient.ts';
import { listRelatedPersons } from './list-related-persons.ts';
import { patchPatient } from './patch-patient.ts';
import { recordBirth } from './record-birth.ts';
import { searchCoverage } from './search-coverage.ts';
import { searchPatients } from './search-patients.ts';
import { updateCoverage } from './update-coverage.ts';

export const OPERATIONS: ReadonlyMap<string, Handler> = new Map([
  ['GET patient', getPatient],
  ['GET patients', searchPatients],
  ['POST patients', createPatient],
  ['POST birth', recordBirth],
  ['PATCH patient', patchPatient],
  ['GET related-persons', listRelatedPersons],
  ['GET coverage', searchCoverage],
  ['POST coverage', updateCoverage],
]);
