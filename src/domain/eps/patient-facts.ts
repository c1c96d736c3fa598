/** What the demographics of a patient mean for prescriptions: death, the nominated pharmacy, the number that lives on. */
import { NOMINATED_PHARMACY } from '../../fhir/pds-extensions.ts';

/** What prescriptions need of the demographics beside them, read without knowing their rules. */
export interface PatientFacts {
  readonly deceased: boolean;
  readonly movedTo?: string;
  /** ODS code of the nominated pharmacy, upper case. */
  readonly pharmacy?: string;
}

/** `demographics` is the record or null; somebody PDS does not know may have prescriptions all the same. */
export function patientFacts(demographics: unknown): PatientFacts {
  if (typeof demographics !== 'object' || demographics === null) return { deceased: false };
  const { annex = {}, resource = {} } = demographics as {
    annex?: { supersededBy?: string };
    resource?: {
      deceasedDateTime?: string;
      extension?: readonly { url?: string; valueReference?: { identifier?: { value?: string } } }[];
    };
  };
  const pharmacy = resource.extension?.find(({ url }) => url === NOMINATED_PHARMACY)?.valueReference?.identifier?.value;
  return {
    deceased: resource.deceasedDateTime !== undefined,
    ...(annex.supersededBy === undefined ? {} : { movedTo: annex.supersededBy }),
    ...(pharmacy === undefined ? {} : { pharmacy: pharmacy.toUpperCase() }),
  };
}
