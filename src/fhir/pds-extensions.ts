/** The extension addresses PDS uses on Patient, RelatedPerson and their parts (UK Core, FHIR core and PDS's own). */

const UK_CORE = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const FHIR_CORE = 'http://hl7.org/fhir/StructureDefinition/';

export const ADDRESS_KEY = `${UK_CORE}AddressKey`;
export const BIRTH_PLACE = `${FHIR_CORE}patient-birthPlace`;
export const BIRTH_SEX = `${UK_CORE}BirthSex`;
export const CADAVERIC_DONOR = `${FHIR_CORE}patient-cadavericDonor`;
export const CONTACT_PREFERENCE = `${UK_CORE}ContactPreference`;
export const DEATH_NOTIFICATION = `${UK_CORE}DeathNotificationStatus`;
export const ETHNIC_CATEGORY = `${UK_CORE}EthnicCategory`;
export const INTERPRETER_REQUIRED = `${FHIR_CORE}patient-interpreterRequired`;
export const MEDICAL_APPLIANCE_SUPPLIER = `${UK_CORE}MedicalApplianceSupplier`;
export const NHS_COMMUNICATION = `${UK_CORE}NHSCommunication`;
export const NHS_NUMBER_UNAVAILABLE_REASON = `${UK_CORE}NHSNumberUnavailableReason`;
export const NHS_NUMBER_VERIFICATION = `${UK_CORE}NHSNumberVerificationStatus`;
export const NOMINATED_PHARMACY = `${UK_CORE}NominatedPharmacy`;
export const PREFERRED_DISPENSER = `${UK_CORE}PreferredDispenserOrganization`;
export const RECORD_SHARING_CONSENT = 'https://hl7.org/fhir/R4/consent.html';
export const REGISTERING_AUTHORITY = `${UK_CORE}RegisteringAuthority`;
export const REMOVAL_FROM_REGISTRATION =
  'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration';
export const RESIDENTIAL_STATUS = `${UK_CORE}ResidentialStatus`;

/** RelatedPerson only. */
export const CONTACT_RANK = 'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-ContactRank';
export const COPY_CORRESPONDENCE =
  'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-CopyCorrespondenceIndicator';

/** FHIR's own way to say that a value is not there. */
export const DATA_ABSENT_REASON = `${FHIR_CORE}data-absent-reason`;

export const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
export const CONFIDENTIALITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
