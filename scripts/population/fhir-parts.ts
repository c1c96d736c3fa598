/** The FHIR pieces that generated and sandbox patients are built from: one function per shape of the PDS wire. */
import type { Address, CodeableConcept, ContactPoint, Extension, Patient, Period } from 'fhir/r4';

const UK_CORE = 'https://fhir.hl7.org.uk';
export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const ODS_CODE = 'https://fhir.nhs.uk/Id/ods-organization-code';

export type Confidentiality = 'U' | 'R' | 'V' | 'REDACTED';

const CONFIDENTIALITY_DISPLAY: Readonly<Record<Confidentiality, string>> = {
  U: 'unrestricted',
  R: 'restricted',
  V: 'very restricted',
  REDACTED: 'redacted',
};

export const concept = (system: string, code: string, display: string): CodeableConcept => ({
  coding: [{ system, code, display }],
});

const versionedConcept = (system: string, code: string, display: string): CodeableConcept => ({
  coding: [{ system, version: '1.0.0', code, display }],
});

export interface Head {
  readonly nhsNumber: string;
  readonly version: number;
  readonly confidentiality?: Confidentiality;
}

/** The part every Patient has, the minimal record included. */
export function patientHead(head: Head): Patient {
  const code = head.confidentiality ?? 'U';
  return {
    resourceType: 'Patient',
    id: head.nhsNumber,
    identifier: [
      {
        system: NHS_NUMBER,
        value: head.nhsNumber,
        extension: [
          {
            url: `${UK_CORE}/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus`,
            valueCodeableConcept: versionedConcept(
              `${UK_CORE}/CodeSystem/UKCore-NHSNumberVerificationStatus`,
              '01',
              'Number present and verified',
            ),
          },
        ],
      },
    ],
    meta: {
      versionId: String(head.version),
      security: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
          code,
          display: CONFIDENTIALITY_DISPLAY[code],
        },
      ],
    },
  };
}

/** A record that a merge closed: all that is left of it is where its owner lives on. */
export function supersededPatient(nhsNumber: string, version: number, replacedBy: string): Patient {
  return {
    ...patientHead({ nhsNumber, version }),
    active: false,
    link: [{ type: 'replaced-by', other: { identifier: { system: NHS_NUMBER, value: replacedBy } } }],
  };
}

/** `id` names the item of a list and comes first on the wire; related persons' items have none. */
export function telecom(
  id: string | null,
  period: Period,
  [system, use, value]: readonly ['phone' | 'email', 'home' | 'work' | 'mobile', string],
): ContactPoint {
  return { ...(id === null ? {} : { id }), period, system, value, use };
}

export function textphone(id: string, period: Period, value: string): ContactPoint {
  return {
    id,
    period,
    system: 'other',
    value,
    use: 'home',
    extension: [
      {
        url: `${UK_CORE}/StructureDefinition/Extension-UKCore-OtherContactSystem`,
        valueCoding: {
          system: `${UK_CORE}/CodeSystem/UKCore-OtherContactSystem`,
          code: 'textphone',
          display: 'Minicom (Textphone)',
        },
      },
    ],
  };
}

export function emergencyContact(id: string, period: Period, phone: string): NonNullable<Patient['contact']>[number] {
  return {
    id,
    period,
    relationship: [concept('http://terminology.hl7.org/CodeSystem/v2-0131', 'C', 'Emergency Contact')],
    telecom: [{ system: 'phone', value: phone }],
  };
}

export const addressKey = (code: 'PAF' | 'UPRN', value: string): Extension => ({
  url: `${UK_CORE}/StructureDefinition/Extension-UKCore-AddressKey`,
  extension: [
    { url: 'type', valueCoding: { system: `${UK_CORE}/CodeSystem/UKCore-AddressKeyType`, code } },
    { url: 'value', valueString: value },
  ],
});

export interface AddressFacts {
  readonly use: 'home' | 'temp' | 'billing';
  readonly text?: string;
  readonly line: readonly string[];
  readonly postalCode?: string;
  readonly keys?: readonly Extension[];
}

export function address(id: string | null, period: Period, facts: AddressFacts): Address {
  return {
    ...(id === null ? {} : { id }),
    period,
    use: facts.use,
    ...(facts.text === undefined ? {} : { text: facts.text }),
    line: [...facts.line],
    ...(facts.postalCode === undefined ? {} : { postalCode: facts.postalCode }),
    ...(facts.keys === undefined ? {} : { extension: [...facts.keys] }),
  };
}

const organization = (odsCode: string, period?: Period) => ({
  system: ODS_CODE,
  value: odsCode,
  ...(period === undefined ? {} : { period }),
});

export const generalPractice = (
  id: string,
  odsCode: string,
  period: Period,
): NonNullable<Patient['generalPractitioner']>[number] => ({
  id,
  type: 'Organization',
  identifier: organization(odsCode, period),
});

export const managingOrganization = (
  odsCode: string,
  period: Period,
): NonNullable<Patient['managingOrganization']> => ({
  type: 'Organization',
  identifier: organization(odsCode, period),
});

const SUPPLIERS = {
  pharmacy: 'NominatedPharmacy',
  dispenser: 'PreferredDispenserOrganization',
  appliances: 'MedicalApplianceSupplier',
} as const;

export const supplier = (kind: keyof typeof SUPPLIERS, odsCode: string): Extension => ({
  url: `${UK_CORE}/StructureDefinition/Extension-UKCore-${SUPPLIERS[kind]}`,
  valueReference: { identifier: organization(odsCode) },
});

const DEATH_NOTICES = {
  1: 'Informal - death notice received via an update from a local NHS Organisation such as GP or Trust',
  2: 'Formal - death notice received from Registrar of Deaths',
} as const;

export const deathNotification = (code: keyof typeof DEATH_NOTICES, since: string): Extension => ({
  url: `${UK_CORE}/StructureDefinition/Extension-UKCore-DeathNotificationStatus`,
  extension: [
    {
      url: 'deathNotificationStatus',
      valueCodeableConcept: versionedConcept(
        `${UK_CORE}/CodeSystem/UKCore-DeathNotificationStatus`,
        String(code),
        DEATH_NOTICES[code],
      ),
    },
    { url: 'systemEffectiveDate', valueDateTime: since },
  ],
});

export const communication = (code: string, display: string, interpreterRequired: boolean): Extension => ({
  url: `${UK_CORE}/StructureDefinition/Extension-UKCore-NHSCommunication`,
  extension: [
    {
      url: 'language',
      valueCodeableConcept: versionedConcept(`${UK_CORE}/CodeSystem/UKCore-HumanLanguage`, code, display),
    },
    { url: 'interpreterRequired', valueBoolean: interpreterRequired },
  ],
});

export interface Preference {
  readonly format?: readonly [code: string, display: string];
  readonly method: readonly [code: string, display: string];
  readonly times?: string;
}

export function contactPreference({ format, method, times }: Preference): Extension {
  const parts: Extension[] = [];
  const written = 'PreferredWrittenCommunicationFormat';
  if (format !== undefined) {
    parts.push({ url: written, valueCodeableConcept: concept(`${UK_CORE}/CodeSystem/UKCore-${written}`, ...format) });
  }
  parts.push({
    url: 'PreferredContactMethod',
    valueCodeableConcept: concept(`${UK_CORE}/CodeSystem/UKCore-PreferredContactMethod`, ...method),
  });
  if (times !== undefined) parts.push({ url: 'PreferredContactTimes', valueString: times });
  return { url: `${UK_CORE}/StructureDefinition/Extension-UKCore-ContactPreference`, extension: parts };
}

export const birthPlace = (city: string, district: string, country: string): Extension => ({
  url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
  valueAddress: { city, district, country },
});

/** Codes as stored; the service decides who sees which. */
export const REMOVAL_REASONS = {
  DEA: 'Death',
  EMB: 'Embarkation',
  SCT: 'Transferred to Scotland',
  NIT: 'Transferred to Northern Ireland',
  TRA: 'Temporary resident not returned',
  ORR: 'Other Reason',
  AFN: 'Armed Forces (notified by Armed Forces)',
  SDN: 'Services dependant (notified by SMO)',
  LDN: 'Logical deletion',
} as const;

export const removalFromRegistration = (code: keyof typeof REMOVAL_REASONS, effective: Period): Extension => ({
  url: 'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration',
  extension: [
    {
      url: 'removalFromRegistrationCode',
      valueCodeableConcept: concept(
        'https://fhir.nhs.uk/CodeSystem/PDS-RemovalReasonExitCode',
        code,
        REMOVAL_REASONS[code],
      ),
    },
    { url: 'effectiveTime', valuePeriod: effective },
  ],
});

/** Record sharing consent; values beside 1 and 2 are kept but never shown. */
export const sharingConsent = (value: '1' | '2' | '3' | '5'): Extension => ({
  url: 'https://hl7.org/fhir/R4/consent.html',
  extension: [
    { url: 'consentType', valueCodeableConcept: { coding: [{ code: '4', display: 'ncrs' }] } },
    {
      url: 'consentValue',
      valueCodeableConcept: {
        coding: [
          { code: value, ...(value === '1' ? { display: 'consent' } : value === '2' ? { display: 'dissent' } : {}) },
        ],
      },
    },
  ],
});

/** Former or hidden values: not part of the served resource, carried beside it by the import format alone. */
export const besideTheRecord = (kind: 'history' | 'hidden', values: Readonly<Record<string, unknown>>): Extension => ({
  url: `urn:edge-spine:demographics-${kind}`,
  valueString: JSON.stringify(values),
});
