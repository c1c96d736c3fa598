/** The people and devices behind a summary or an entry: each must be complete within the upload. */
import type { Device, Organization, PractitionerRole, Reference } from 'fhir/r4';
import { firstCoding, firstIdentifier, shown } from './upload-bundle.ts';
import type { UploadBundle } from './upload-bundle.ts';

export const ROLE_PROFILE = 'http://fhir.nhs.net/Id/sds-role-profile-id';
export const JOB_ROLE = 'https://fhir.nhs.uk/CodeSystem/HL7v3-SDSJobRoleName';
const USER = 'https://fhir.nhs.uk/Id/sds-user-id';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const SDS_DEVICE = 'https://fhir.nhs.uk/Id/SDSDevice';

/** The author of the summary itself. */
export function authorFault(upload: UploadBundle, author: Reference | undefined): string | null {
  if (author === undefined) return null;
  const target = upload.target(author);
  if (target !== undefined && target.resourceType !== 'PractitionerRole') {
    return `Invalid resource reference. ${shown(author.reference)} expected to be referencing PractitionerRole`;
  }
  return roleFault(upload, author);
}

/** A PractitionerRole and all that it leads to. */
export function roleFault(upload: UploadBundle, reference: Reference | undefined): string | null {
  const role = upload.find('PractitionerRole', reference);
  if (role === undefined) {
    return `Bundle is missing PractitionerRole ${shown(reference?.reference)} that is linked to Encounter`;
  }
  const id = shown(role.id);
  if (role.practitioner?.reference === undefined) return `PractitionerRole ${id} is missing Practitioner reference`;
  const practitioner = upload.find('Practitioner', role.practitioner);
  if (practitioner === undefined) {
    return `Bundle is missing Practitioner ${role.practitioner.reference} that is linked to PractitionerRole ${id}`;
  }
  if (firstIdentifier(role)?.system === ROLE_PROFILE) {
    const user = firstIdentifier(practitioner);
    if (user?.system !== USER) return `Invalid practitioner identifier system: ${shown(user?.system)}`;
    return user.value === undefined ? 'Missing practitioner identifier value' : null;
  }
  if (firstCoding(role.code?.[0])?.system !== JOB_ROLE) {
    return `Invalid PractitionerRole ${id} identifier.system or code.coding.system. Expected ${ROLE_PROFILE} or ${JOB_ROLE}`;
  }
  const organization = upload.find('Organization', role.organization);
  if (organization === undefined) {
    return `Bundle is missing Organization ${shown(role.organization?.reference)} that is linked to PractitionerRole ${id}`;
  }
  return organizationFault(organization);
}

function organizationFault(organization: Organization): string | null {
  const identifier = firstIdentifier(organization);
  const typed = firstCoding(organization.type?.[0])?.code !== undefined;
  const empty = identifier?.system === ODS && identifier.value === undefined;
  return !typed && empty ? 'Organization.identifier.value element is missing' : null;
}

/** The author of a finding: a person's role, or a device of the organization that the role names. */
export function findingAuthorFault(upload: UploadBundle, reference: Reference | undefined): string | null {
  const role = upload.find('PractitionerRole', reference);
  if (role === undefined || role.practitioner?.reference !== undefined) return roleFault(upload, reference);
  return role.organization?.reference === undefined ? roleFault(upload, reference) : deviceAuthorFault(upload, role);
}

function deviceAuthorFault(upload: UploadBundle, role: PractitionerRole): string | null {
  const organization = upload.find('Organization', role.organization);
  if (organization === undefined) {
    return `Bundle is missing Organization ${shown(role.organization?.reference)} that is linked to PractitionerRole ${shown(role.id)}`;
  }
  const fault = organizationFault(organization);
  if (fault !== null) return fault;
  const [device, second] = devicesOf(upload, organization);
  if (second !== undefined) {
    return `Bundle has more than 1 Device resource referencing ${shown(role.organization?.reference)}`;
  }
  return device === undefined ? null : deviceFault(device);
}

export const devicesOf = (upload: UploadBundle, organization: Organization): readonly Device[] =>
  upload.all('Device').filter(({ owner }) => upload.find('Organization', owner) === organization);

function deviceFault(device: Device): string | null {
  const identifier = firstIdentifier(device);
  if (identifier?.value === undefined) return 'Device.identifier.value is missing';
  if (identifier.system === SDS_DEVICE) return null;
  const type = firstCoding(device.type);
  const complete = type?.code !== undefined && type.display !== undefined;
  return complete ? null : 'Missing mandatory elements: Device.type';
}
