/** Systems and extensions of EPS messages, spelled once. */

const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const IDS = 'https://fhir.nhs.uk/Id/';
const UK_IDS = 'https://fhir.hl7.org.uk/Id/';

export const MESSAGE_ID = 'https://tools.ietf.org/html/rfc4122';
export const NHS_NUMBER = `${IDS}nhs-number`;
export const ODS_CODE = `${IDS}ods-organization-code`;
export const SHORT_FORM = `${IDS}prescription-order-number`;
export const LONG_FORM = `${IDS}prescription`;
export const LINE_ITEM = `${IDS}prescription-order-item-number`;
export const SDS_USER = `${IDS}sds-user-id`;
export const SDS_ROLE = `${IDS}sds-role-profile-id`;
export const SPURIOUS_CODE = `${UK_IDS}nhsbsa-spurious-code`;
export const DIN = `${UK_IDS}din-number`;
export const GMC = `${UK_IDS}gmc-number`;
export const GMP = `${UK_IDS}gmp-number`;
/** In the order in which they are looked for. */
export const PROFESSIONAL_CODES: readonly string[] = [
  GMC,
  GMP,
  ...['nmc-number', 'gphc-number', 'hcpc-number', 'professional-code'].map((name) => UK_IDS + name),
];

export const PRESCRIPTION_ID = `${STRUCTURE}Extension-DM-PrescriptionId`;
export const PRESCRIPTION_TYPE = `${STRUCTURE}Extension-DM-PrescriptionType`;
export const RESPONSIBLE_PRACTITIONER = `${STRUCTURE}Extension-DM-ResponsiblePractitioner`;
export const PERFORMER_SITE_TYPE = `${STRUCTURE}Extension-DM-PerformerSiteType`;
export const ENDORSEMENT = `${STRUCTURE}Extension-DM-PrescriptionEndorsement`;
export const CONTROLLED_DRUG = `${STRUCTURE}Extension-DM-ControlledDrug`;
export const EPS_REPEAT = `${STRUCTURE}Extension-EPS-RepeatInformation`;
export const UK_REPEAT = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MedicationRepeatInformation';
export const ORGANISATION_RELATIONSHIPS = `${STRUCTURE}Extension-ODS-OrganisationRelationships`;
export const BUSINESS_STATUS = `${STRUCTURE}Extension-EPS-TaskBusinessStatus`;

export const SNOMED = 'http://snomed.info/sct';
export const ENDORSEMENT_CODES = 'https://fhir.nhs.uk/CodeSystem/medicationrequest-endorsement';
export const JOB_ROLES: readonly string[] = [
  'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode',
  'https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName',
];

/** Systems of HL7 that are also written with https. */
export const httpForm = (text: string): string =>
  text
    .replaceAll('https://terminology.hl7.org/', 'http://terminology.hl7.org/')
    .replaceAll('https://hl7.org/fhir/', 'http://hl7.org/fhir/');
