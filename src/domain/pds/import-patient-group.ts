/** The lines of one patient in an import: the Patient, then its Coverage and RelatedPerson lines. */
import type { Coverage, RelatedPerson } from 'fhir/r4';
import { COPY_CORRESPONDENCE } from '../../fhir/pds-extensions.ts';
import { dropBlankLines, type AddressLines } from './address-lines.ts';
import { isComplete, normalisedCoverage } from './coverage.ts';
import { demographics } from './demographics.ts';
import { importPatient, versionOf, type ImportedRecord } from './import-demographics.ts';
import { coverageTypes, relatedPersonTypes, wrongType } from './import-types.ts';
import { itemId } from './item-ids.ts';
import { byContactRank, relatedPersons } from './related-persons.ts';
import { isObject } from './shape.ts';

/** Whose the lines are is told by the Patient before them: a RelatedPerson names only the related person's own number. */
export function importPatientGroup(resources: readonly unknown[]): ImportedRecord[] | string {
  const [first, ...others] = resources;
  let patient = importPatient(first);
  if (typeof patient === 'string') return patient;
  const people: unknown[] = [];
  for (const resource of others) {
    const type = isObject(resource) ? resource['resourceType'] : undefined;
    if (type === 'RelatedPerson') people.push(resource);
    else if (type === 'Coverage') patient = importCoverage(resource, patient);
    else return `Patient/${patient.key}: ${String(type)} cannot follow a Patient`;
    if (typeof patient === 'string') return patient;
  }
  if (people.length === 0) return [patient];
  const related = importRelatedPersons(people, patient.key);
  return typeof related === 'string' ? related : [patient, related];
}

/**
 * The patient's record with the card in it. A card labelled REDACTED, or without the holder's or the institution's
 * number, is kept but never served.
 */
export function importCoverage(resource: unknown, patient: ImportedRecord): ImportedRecord | string {
  if (!isObject(resource) || resource['resourceType'] !== 'Coverage') return `Patient/${patient.key}: not a Coverage`;
  const wrong = wrongType(resource, coverageTypes);
  if (wrong !== null) return `Patient/${patient.key}: Coverage ${wrong} is of the wrong type`;
  const { meta, ...coverage } = resource as unknown as Coverage;
  const subscriber = coverage.subscriber?.identifier?.value;
  if (subscriber !== undefined && subscriber !== patient.key) {
    return `Patient/${patient.key}: the Coverage after it is for subscriber ${subscriber}`;
  }
  const state = demographics.decode(patient);
  if (state.annex.coverage !== undefined || state.annex.hiddenCoverage !== undefined) {
    return `Patient/${patient.key}: has more than one Coverage`;
  }
  const hidden = meta?.security?.some((label) => label.code === 'REDACTED') === true || !isComplete(coverage);
  const card = hidden ? { hiddenCoverage: coverage } : { coverage: normalisedCoverage(coverage) };
  const annex = { ...state.annex, ...card };
  return { ...patient, ...demographics.encode({ resource: state.resource, annex }) };
}

/** One record for all of them, in the order in which they are served. */
export function importRelatedPersons(resources: readonly unknown[], key: string): ImportedRecord | string {
  const people: RelatedPerson[] = [];
  const addressLines: Record<string, AddressLines[string]> = {};
  let version = 1;
  for (const [i, resource] of resources.entries()) {
    if (!isObject(resource) || resource['resourceType'] !== 'RelatedPerson')
      return `Patient/${key}: not a RelatedPerson`;
    const wrong = wrongType(resource, relatedPersonTypes);
    if (wrong !== null) return `Patient/${key}: RelatedPerson ${wrong} is of the wrong type`;
    const { meta, ...person } = resource as unknown as RelatedPerson;
    const own = versionOf({ meta });
    if (own === null) return `Patient/${key}: RelatedPerson meta.versionId is not a positive whole number`;
    version = Math.max(version, own);
    const id = person.id ?? itemId(RELATED_PERSON, i, key);
    const served = servedPerson({ ...person, id });
    people.push(served.person);
    if (served.lines !== undefined) addressLines[id] = served.lines;
  }
  if (new Set(people.map((person) => person.id)).size < people.length)
    return `Patient/${key}: two RelatedPersons have one id`;
  const state = {
    resources: byContactRank(people),
    ...(Object.keys(addressLines).length === 0 ? {} : { addressLines }),
  };
  return { kind: relatedPersons.name, key, version, ...relatedPersons.encode(state) };
}

/** Its place among the lists whose items get ids. */
const RELATED_PERSON = 5;

/** The indicator to copy letters is told only when it is true; blank address lines are dropped as everywhere. */
function servedPerson(person: RelatedPerson): { person: RelatedPerson; lines: AddressLines[string] | undefined } {
  const extension = person.extension?.filter(
    ({ url, valueBoolean }) => url !== COPY_CORRESPONDENCE || valueBoolean === true,
  );
  const served: RelatedPerson = { ...person };
  if (extension !== undefined && extension.length > 0) served.extension = extension;
  else delete served.extension;
  if (person.address === undefined) return { person: served, lines: undefined };
  const dropped = dropBlankLines(person.address.map((item) => ({ ...item, id: '' })));
  served.address = dropped.address.map(({ id: _id, ...item }) => item);
  return { person: served, lines: dropped.lines[''] };
}
