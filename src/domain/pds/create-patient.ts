/** POST /Patient: the body is checked, normalised, and becomes version 1 of a record under a new NHS number. */
import type { Address, ContactPoint, Extension, HumanName } from 'fhir/r4';
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { BIRTH_PLACE, CONTACT_PREFERENCE, DEATH_NOTIFICATION, NHS_COMMUNICATION } from '../../fhir/pds-extensions.ts';
import { dropBlankLines } from './address-lines.ts';
import type { CreatePatient } from './commands.ts';
import { createPatientShape } from './create-shapes.ts';
import type { Demographics, DemographicsAnnex, PdsPatient } from './demographics-state.ts';
import { withEmptyAddressLines } from './entitlements.ts';
import { nhsNumberIdentifier, security } from './patient-parts.ts';
import { refuse, type PdsRefusal } from './refusals.ts';
import { registrationObjection } from './registration-rules.ts';
import { firstFault } from './shape.ts';

/** Shape first, then the rules of content; null when the body may be registered. */
export function checkCreatePatient(body: unknown): PdsRefusal | null {
  return checkCreateShape(body) ?? registrationObjection(body);
}

/** The shape alone, for a registration that lets a match take precedence over `registrationObjection`. */
export function checkCreateShape(body: unknown): PdsRefusal | null {
  return firstFault(body, createPatientShape);
}

const keptOnCreate = new Set([NHS_COMMUNICATION, CONTACT_PREFERENCE]);
const keptOnBirth = new Set([...keptOnCreate, BIRTH_PLACE, DEATH_NOTIFICATION]);

/** `body` passed the check. Blank address lines stay: their places are kept beside the record. */
export function newPatient(body: unknown): PdsPatient {
  return normalised(body as PdsPatient, keptOnCreate);
}

/** The same for a baby, of whom more is kept. */
export function newborn(body: unknown): PdsPatient {
  const baby = body as PdsPatient;
  const patient = normalised(baby, keptOnBirth);
  if (baby.multipleBirthInteger !== undefined) patient.multipleBirthInteger = baby.multipleBirthInteger;
  const died = patient.extension?.some((extension) => extension.url === DEATH_NOTIFICATION) === true;
  if (died && baby.deceasedDateTime !== undefined) patient.deceasedDateTime = baby.deceasedDateTime;
  return patient;
}

function normalised(body: PdsPatient, kept: ReadonlySet<string>): PdsPatient {
  const patient: PdsPatient = { resourceType: 'Patient', name: (body.name ?? []).map(normalisedName) };
  if (body.gender !== undefined) patient.gender = body.gender;
  if (body.birthDate !== undefined) patient.birthDate = body.birthDate;
  patient.address = (body.address ?? []).map(withoutId);
  if (body.telecom !== undefined && body.telecom.length > 0) patient.telecom = body.telecom.map(withoutId);
  const extension = (body.extension ?? []).filter((item) => kept.has(item.url)).flatMap(keptExtension);
  if (extension.length > 0) patient.extension = extension;
  return patient;
}

function withoutId<Item extends { id?: string | undefined }>(item: Item): Omit<Item, 'id'> {
  const { id: _id, ...rest } = item;
  return rest;
}

function normalisedName(name: HumanName): HumanName {
  const { prefix, suffix, given, ...rest } = withoutId(name);
  const [first, ...others] = filled(given);
  const givens = first === undefined ? [] : [first, ...others.flatMap((item) => filled(item.split(' ')))];
  const prefixes = filled(prefix?.map((item) => item.trim().replace(/\.$/, '')));
  const suffixes = filled(suffix);
  return {
    ...rest,
    ...(givens.length > 0 ? { given: givens } : {}),
    ...(prefixes.length > 0 ? { prefix: prefixes } : {}),
    ...(suffixes.length > 0 ? { suffix: suffixes } : {}),
  };
}

const filled = (items: readonly string[] | undefined): string[] =>
  (items ?? []).map((item) => item.trim()).filter((item) => item !== '');

/** A status "removed" on a new record says nothing; of a birth place only its coded parts are kept. */
function keptExtension(extension: Extension): Extension[] {
  if (extension.url === DEATH_NOTIFICATION) return extension.extension?.some(isDeath) === true ? [extension] : [];
  if (extension.url !== BIRTH_PLACE) return [extension];
  const { city, district, country } = extension.valueAddress ?? {};
  const place = Object.fromEntries(Object.entries({ city, district, country }).filter(([, value]) => value));
  return Object.keys(place).length === 0 ? [] : [{ url: BIRTH_PLACE, valueAddress: place }];
}

const isDeath = (part: Extension): boolean => ['1', '2'].includes(part.valueCodeableConcept?.coding?.[0]?.code ?? '');

/** The number was allocated by the caller; a record that exists already under it is nobody's match. */
export function decideCreatePatient(
  state: Demographics | null,
  command: CreatePatient,
  context: DecisionContext,
): Decision<Demographics> {
  if (state !== null) return refuse('number-in-use');
  const withId = <Item extends HumanName | Address | ContactPoint>(item: Item): Item => ({
    id: context.newId(),
    ...item,
  });
  const { name, address, telecom, ...facts } = command.patient;
  const served = dropBlankLines((address ?? []).map(withId));
  const resource: PdsPatient = {
    ...facts,
    id: context.key,
    identifier: [nhsNumberIdentifier(context.key)],
    meta: { versionId: String(context.nextVersion), security: [security('U')] },
    name: (name ?? []).map(withId),
    address: served.address,
    ...(telecom === undefined ? {} : { telecom: telecom.map(withId) }),
  };
  const annex: DemographicsAnnex = {
    ...(Object.keys(served.lines).length === 0 ? {} : { addressLines: served.lines }),
    ...(command.birth === undefined ? {} : { birth: command.birth }),
  };
  const body = JSON.stringify(withEmptyAddressLines(resource, annex, context.agent));
  const attributes = command.birth === undefined ? {} : { attributes: { notificationId: context.newId() } };
  return { kind: 'accepted', state: { resource, annex }, outbox: [], reply: { body, ...attributes } };
}
