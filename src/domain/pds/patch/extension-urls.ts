/** The urls by which the Patient's extensions are known. */

const UK_CORE = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';

export const NOMINATED_PHARMACY = `${UK_CORE}NominatedPharmacy`;
export const DISPENSING_DOCTOR = `${UK_CORE}PreferredDispenserOrganization`;
export const APPLIANCE_SUPPLIER = `${UK_CORE}MedicalApplianceSupplier`;
export const DEATH_NOTIFICATION = `${UK_CORE}DeathNotificationStatus`;
export const COMMUNICATION = `${UK_CORE}NHSCommunication`;
export const CONTACT_PREFERENCE = `${UK_CORE}ContactPreference`;
export const BIRTH_PLACE = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
export const REMOVAL_FROM_REGISTRATION =
  'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration';
