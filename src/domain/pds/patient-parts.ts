/** Parts of a Patient that are the same in every record: the identifier, and the confidentiality label. */
import type { Coding, Identifier } from 'fhir/r4';
import { CONFIDENTIALITY_SYSTEM, NHS_NUMBER_SYSTEM, NHS_NUMBER_VERIFICATION } from '../../fhir/pds-extensions.ts';

export function nhsNumberIdentifier(nhsNumber: string): Identifier {
  const verified: Coding = {
    system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus',
    version: '1.0.0',
    code: '01',
    display: 'Number present and verified',
  };
  return {
    system: NHS_NUMBER_SYSTEM,
    value: nhsNumber,
    extension: [{ url: NHS_NUMBER_VERIFICATION, valueCodeableConcept: { coding: [verified] } }],
  };
}

export type ConfidentialityCode = 'U' | 'R' | 'V' | 'REDACTED';

const displays: Readonly<Record<ConfidentialityCode, string>> = {
  U: 'unrestricted',
  R: 'restricted',
  V: 'very restricted',
  REDACTED: 'redacted',
};

export function isConfidentialityCode(code: string): code is ConfidentialityCode {
  return Object.hasOwn(displays, code);
}

export function security(code: ConfidentialityCode): Coding {
  return { system: CONFIDENTIALITY_SYSTEM, code, display: displays[code] };
}
