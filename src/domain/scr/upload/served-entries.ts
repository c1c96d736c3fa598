/** Which resources of an upload are served again, in which form and order; the others are kept but never shown. */
import type { Composition, FhirResource, Organization, Patient, PractitionerRole, Reference } from 'fhir/r4';
import { ROLE_PROFILE, devicesOf } from './check-author.ts';
import { nhsNumberOf } from './check-patient.ts';
import type { Section } from './rebuild-sections.ts';
import { servedSection } from './rebuild-sections.ts';
import { NHS_NUMBER, firstCoding, firstIdentifier } from './upload-bundle.ts';
import type { UploadBundle } from './upload-bundle.ts';

const DIAGNOSES = '163001000000103';
const PROBLEMS = '162991000000102';
const COVID = new Set(['1240751000000100', '1300721000000109', '1300731000000106', '1240761000000102']);
/** Findings, investigation results, risks to the patient, social circumstances. */
const OBSERVATIONS = new Set(['163131000000108', '163141000000104', '163231000000100', '163021000000107']);
const TREATMENTS = '163071000000106';

function isServedEntry(resource: FhirResource): boolean {
  const { resourceType } = resource;
  if (resourceType === 'Condition') {
    const category = firstCoding(resource.category?.[0])?.code;
    return category === PROBLEMS || (category === DIAGNOSES && COVID.has(firstCoding(resource.code)?.code ?? ''));
  }
  if (resourceType === 'Observation') return OBSERVATIONS.has(firstCoding(resource.category?.[0])?.code ?? '');
  return resourceType === 'Procedure' && firstCoding(resource.category)?.code === TREATMENTS;
}

export interface Served {
  readonly resources: readonly FhirResource[];
  readonly kept: readonly FhirResource[];
}

/** Composition first, Patient last, what they lead to between them in the order of the upload. */
export function servedEntries(
  upload: UploadBundle,
  {
    composition,
    patient,
    sections,
    eventId,
  }: {
    readonly composition: Composition;
    readonly patient: Patient;
    readonly sections: readonly Section[];
    readonly eventId: string;
  },
): Served {
  const chosen = new Set<FhirResource>();
  const author = composition.author?.[0];
  for (const reference of author === undefined ? [] : [author]) choose(upload, upload.target(reference), chosen);
  for (const resource of upload.resources) if (isServedEntry(resource)) choose(upload, resource, chosen);
  const between = upload.resources.filter(
    (resource) => chosen.has(resource) && resource !== patient && resource !== composition,
  );
  const own = new Set<FhirResource>([composition, patient, ...between]);
  const readdressed = between.map((resource) => readdress(upload, projected(resource)));
  return {
    resources: [servedComposition(upload, composition, { sections, eventId }), ...readdressed, servedPatient(patient)],
    kept: upload.resources.filter((resource) => !own.has(resource)),
  };
}

/** Takes a resource and all that it refers to. */
function choose(upload: UploadBundle, resource: FhirResource | undefined, chosen: Set<FhirResource>): void {
  if (resource === undefined || chosen.has(resource) || resource.resourceType === 'Composition') return;
  chosen.add(resource);
  for (const reference of referencesIn(projected(resource))) choose(upload, upload.target(reference), chosen);
  if (resource.resourceType === 'PractitionerRole' && resource.practitioner === undefined) {
    const organization = upload.find('Organization', resource.organization);
    for (const device of organization === undefined ? [] : devicesOf(upload, organization))
      choose(upload, device, chosen);
  }
}

function* referencesIn(value: unknown): Generator<Reference> {
  if (typeof value !== 'object' || value === null) return;
  if ('reference' in value && typeof value.reference === 'string') yield value as Reference;
  for (const part of Object.values(value) as readonly unknown[]) yield* referencesIn(part);
}

/** A role known by its profile id carries no organization and no code of its own through the summary. */
function projected(resource: FhirResource): FhirResource {
  if (resource.resourceType === 'PractitionerRole') return projectedRole(resource);
  return resource.resourceType === 'Organization' ? projectedOrganization(resource) : resource;
}

function projectedRole(role: PractitionerRole): PractitionerRole {
  if (firstIdentifier(role)?.system !== ROLE_PROFILE) return role;
  const { organization: _organization, code: _code, ...rest } = role;
  return role.practitioner === undefined ? role : rest;
}

const projectedOrganization = ({ partOf: _partOf, endpoint: _endpoint, ...organization }: Organization): Organization =>
  organization;

/** References into the upload become `Type/id`, however they were written. */
function readdress<T>(upload: UploadBundle, value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => readdress(upload, item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, readdress(upload, item as unknown)]),
  );
  if (typeof copy['reference'] === 'string') {
    const target = upload.target({ reference: copy['reference'] });
    if (target?.id !== undefined) copy['reference'] = `${target.resourceType}/${target.id}`;
  }
  return copy as T;
}

/** `date` and `meta.lastUpdated` come back in each other's place: live behaviour. */
function servedComposition(
  upload: UploadBundle,
  { author, category, date, identifier, meta, relatesTo, status, subject, type }: Composition,
  { sections, eventId }: { readonly sections: readonly Section[]; readonly eventId: string },
): FhirResource {
  const served = {
    resourceType: 'Composition',
    id: eventId,
    meta: { lastUpdated: date },
    identifier: { system: identifier?.system, value: eventId },
    status,
    type,
    category,
    subject: { reference: subject?.reference },
    date: meta?.lastUpdated,
    author: author?.slice(0, 1).map(({ reference }) => ({ reference })),
    relatesTo,
    section: sections.map(servedSection),
  };
  return readdress(upload, served) as unknown as FhirResource;
}

const servedPatient = (patient: Patient): Patient => ({
  resourceType: 'Patient',
  ...(patient.id === undefined ? {} : { id: patient.id }),
  identifier: [{ system: NHS_NUMBER, value: nhsNumberOf(patient) }],
});
