/** Why a patient left their practice's list; three reasons are confidential and served as `Other Reason`. */
import type { Extension } from 'fhir/r4';

const REASON = 'removalFromRegistrationCode';
const confidentialCodes = new Set(['AFN', 'SDN', 'LDN']);

export function codeOf(removal: Extension): string | undefined {
  const reason = removal.extension?.find((part) => part.url === REASON);
  return reason?.valueCodeableConcept?.coding?.[0]?.code;
}

export function isConfidentialReason(removal: Extension): boolean {
  return confidentialCodes.has(codeOf(removal) ?? '');
}

/** The same removal with the reason everybody may know; dates stay. */
export function masked(removal: Extension): Extension {
  const parts = (removal.extension ?? []).map((part) => {
    const coding = part.valueCodeableConcept?.coding?.[0];
    if (part.url !== REASON || coding === undefined) return part;
    return { ...part, valueCodeableConcept: { coding: [{ ...coding, code: 'ORR', display: 'Other Reason' }] } };
  });
  return { ...removal, extension: parts };
}
