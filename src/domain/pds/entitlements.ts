/** What a calling system is shown beyond the ordinary: three named rights, and the privileged access mode. */
import type { Extension } from 'fhir/r4';
import type { Agent } from '../../engine/record-kind.ts';
import { RECORD_SHARING_CONSENT, REMOVAL_FROM_REGISTRATION } from '../../fhir/pds-extensions.ts';
import { restoreBlankLines } from './address-lines.ts';
import type { Demographics, DemographicsAnnex, PdsPatient } from './demographics-state.ts';
import { codeOf } from './removal-reason.ts';
import { redact, withExtensions } from './redaction.ts';

export const EMPTY_ADDRESS_LINES = 'return-empty-address-lines';
export const CONFIDENTIAL_REMOVAL_REASON = 'return-confidential-reason-for-removal';
export const RECORD_SHARING = 'return-nhs-record-sharing-consent';

const isPrivileged = (agent: Agent): boolean => agent.mode === 'privileged-application-restricted';

/** The resource as this agent may see it on retrieval; the stored object itself where nothing differs. */
export function seenBy(agent: Agent, state: Demographics): PdsPatient {
  const { annex } = state;
  let patient = withTrueRemovalReason(state.resource, annex, agent);
  patient = withConsent(patient, annex, agent);
  patient = withEmptyAddressLines(patient, annex, agent);
  if (annex.confidentiality === 'R' && isPrivileged(agent)) return patient;
  return redact(patient, annex.confidentiality);
}

export function withEmptyAddressLines(patient: PdsPatient, annex: DemographicsAnnex, agent: Agent): PdsPatient {
  if (annex.addressLines === undefined || patient.address === undefined) return patient;
  if (!agent.rights.includes(EMPTY_ADDRESS_LINES)) return patient;
  return { ...patient, address: restoreBlankLines(patient.address, annex.addressLines) };
}

function withTrueRemovalReason(patient: PdsPatient, annex: DemographicsAnnex, agent: Agent): PdsPatient {
  const entitled = isPrivileged(agent) || agent.rights.includes(CONFIDENTIAL_REMOVAL_REASON);
  if (!entitled || annex.removalFromRegistration === undefined) return patient;
  const stored = annex.removalFromRegistration as Extension;
  // A logical deletion is told to nobody.
  if (codeOf(stored) === 'LDN') return patient;
  const shown = (patient.extension ?? []).map((item) => (item.url === REMOVAL_FROM_REGISTRATION ? stored : item));
  return { ...patient, extension: shown };
}

const consentDisplay: Readonly<Record<string, string>> = { '1': 'consent', '2': 'dissent' };

function withConsent(patient: PdsPatient, annex: DemographicsAnnex, agent: Agent): PdsPatient {
  const display = consentDisplay[annex.consent ?? ''];
  if (display === undefined || annex.consent === undefined || !agent.rights.includes(RECORD_SHARING)) return patient;
  const consent: Extension = {
    url: RECORD_SHARING_CONSENT,
    extension: [
      { url: 'consentType', valueCodeableConcept: { coding: [{ code: '4', display: 'ncrs' }] } },
      { url: 'consentValue', valueCodeableConcept: { coding: [{ code: annex.consent, display }] } },
    ],
  };
  return withExtensions(patient, [...(patient.extension ?? []), consent]);
}
