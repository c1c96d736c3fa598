/** Reads what the bench needs out of a FHIR Patient body; anything it does not find, it will not change. */
import type { ItemPlace, KnownPatient, Trace } from './patient-book.ts';

export const NOMINATED_PHARMACY = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy';

type Json = Readonly<Record<string, unknown>>;

/** Version number of an ETag such as W/"3"; 0 when it is none. */
export function versionOf(etag: string): number {
  return Number(/^W\/"([0-9]+)"$/.exec(etag)?.[1] ?? 0);
}

/** False when the body is not the Patient of that NHS number. */
export function learnPatient(patient: KnownPatient, body: Buffer): boolean {
  const resource = parsed(body);
  if (resource['resourceType'] !== 'Patient' || resource['id'] !== patient.nhsNumber) return false;
  patient.readOnly = isRestricted(resource);
  patient.gender = text(resource['gender']);
  patient.telecom = placeOf(objects(resource['telecom']), (item) => item['system'] === 'phone');
  patient.address = placeOf(objects(resource['address']), (item) => item['use'] === 'home' && hasLine(item));
  patient.pharmacy = objects(resource['extension']).findIndex((item) => item['url'] === NOMINATED_PHARMACY);
  patient.trace = traceOf(resource);
  return true;
}

/** Restricted and very restricted records are shown without their places, and ordinary callers may not change them. */
function isRestricted(resource: Json): boolean {
  const meta = isObject(resource['meta']) ? resource['meta'] : {};
  return objects(meta['security']).some(({ code }) => code === 'R' || code === 'V');
}

function traceOf(resource: Json): Trace | null {
  const usual = objects(resource['name']).find((name) => name['use'] === 'usual');
  const family = text(usual?.['family']);
  const given = Array.isArray(usual?.['given']) ? text(usual['given'][0]) : '';
  const birthDate = text(resource['birthDate']);
  const complete = family !== '' && given !== '' && /^\d{4}-\d{2}-\d{2}$/.test(birthDate);
  return complete ? { family, given, birthDate } : null;
}

function placeOf(items: readonly Json[], wanted: (item: Json) => boolean): ItemPlace | null {
  const index = items.findIndex(wanted);
  const id = text(items[index]?.['id']);
  return id === '' ? null : { index, id };
}

function hasLine(address: Json): boolean {
  return Array.isArray(address['line']) && text(address['line'][0]) !== '';
}

function parsed(body: Buffer): Json {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
