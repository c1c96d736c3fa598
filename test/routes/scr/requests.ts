/** Requests to the summary care record as the tests make them. */
import { House } from '../../support/record-spine.ts';
import type { Wire } from '../../support/record-spine.ts';
import { NHS, PATIENT, summary } from '../../domain/scr/summaries.ts';
import type { Any } from '../../domain/scr/summaries.ts';

export const BASE = '/summary-care-record/FHIR/R4';
export const ID = '0A1B2C3D-0000-4000-8000-000000000001';
export const DISSENT =
  'Code: 420, Display: Business condition related to access control  which prevents the action being performed by PSIS;Code: 30418, Display: [PSIS-30418] - ACF does not permit access to resource';

export const house = () => new House(BASE);
export const idOf = (nhsNumber = PATIENT) => `/DocumentReference?patient=${NHS}|${nhsNumber}`;
export const bundleOf = (id = ID, nhsNumber = PATIENT) =>
  `/Bundle?composition.identifier=${id}&composition.subject:Patient.identifier=${NHS}|${nhsNumber}`;
export const permit = (code: string, nhsNumber = PATIENT): Any => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'setPermissions',
      part: [
        { name: 'nhsNumber', valueString: nhsNumber },
        { name: 'permissionCode', valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission', code } },
      ],
    },
  ],
});
export const json = (wire: Wire): Any => wire.body;
export const upload = (at: House, id = ID, more: Any = {}) => {
  const sent = summary(id);
  Object.assign(sent.get('Composition'), more);
  return at.send('POST', '/Bundle', { body: sent.bundle });
};

export const alert = (): Any => ({
  resourceType: 'AuditEvent',
  id: 'a1',
  extension: [
    { url: 'https://fhir.nhs.uk/StructureDefinition/Extension-SCR-NotificationMessage', valueString: 'override' },
  ],
  type: { system: 'https://fhir.nhs.uk/CodeSystem/SCR-AlertType', code: '1', display: 'Create LR' },
  subtype: [{ system: 'https://fhir.nhs.uk/CodeSystem/SCR-AlertReason', code: '4', display: 'Emergency' }],
  recorded: '2026-03-13T00:00:00Z',
  agent: [
    { who: { identifier: { system: NHS, value: PATIENT } }, requestor: false },
    {
      who: { identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'T10101' } },
      requestor: false,
    },
    {
      who: { identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '1' } },
      role: [{ text: 'GP' }],
      requestor: false,
    },
  ],
  entity: [{ what: { identifier: { value: 'x' } } }],
});
