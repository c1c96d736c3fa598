/** Is a person who is to be registered already known? Equality of folded facts; the real algorithm is not public. */
import { soundex } from '../../nhs/soundex.ts';
import type { PdsPatient } from './demographics-state.ts';
import { refuse, type PdsRefusal } from './refusals.ts';

/** Plain data, so that it can be remembered and compared away from the record. All text is folded. */
export interface PersonIdentity {
  readonly given: string;
  readonly family: string;
  readonly gender: string;
  readonly birthDate: string;
  readonly postcode: string;
  /** NHS number of the mother, for a record made at birth. */
  readonly mother?: string;
}

export interface KnownPerson {
  readonly key: string;
  readonly identity: PersonIdentity;
}

function folded(text: string | undefined): string {
  const plain = (text ?? '').normalize('NFD').replace(/\p{M}/gu, '');
  return plain
    .replace(/[\u2018\u2019]/g, "'")
    .trim()
    .replace(/\s+/g, ' ')
    .toUpperCase();
}

export function identityOf(patient: PdsPatient, mother?: string): PersonIdentity {
  const name = patient.name?.find((item) => item.use === 'usual') ?? patient.name?.[0];
  const home = patient.address?.find((item) => item.use === 'home') ?? patient.address?.[0];
  const facts = {
    given: folded(name?.given?.join(' ')),
    family: folded(name?.family),
    gender: folded(patient.gender),
    birthDate: patient.birthDate ?? '',
    postcode: folded(home?.postalCode).replaceAll(' ', ''),
  };
  return mother === undefined ? facts : { ...facts, mother };
}

function samePerson(a: PersonIdentity, b: PersonIdentity): boolean {
  return a.given === b.given && a.family === b.family && a.gender === b.gender && a.birthDate === b.birthDate;
}

/** A newborn is compared without the postcode: twins and movers aside, the mother tells more (see the verdict). */
export function sameIdentity(newcomer: PersonIdentity, known: PersonIdentity): boolean {
  if (!samePerson(newcomer, known)) return false;
  return newcomer.mother !== undefined || newcomer.postcode === known.postcode;
}

/** Rivals for one person share this key, for example `2010-10-22/S530`. */
export function matchKey(identity: PersonIdentity): string {
  return `${identity.birthDate}/${soundex(identity.family)}`;
}

/**
 * Whether the newcomer must not get a number of its own. The same baby of the same mother is always one person;
 * `ignorePotentialMatches` waives every other match of a birth.
 */
export function registrationVerdict(
  newcomer: PersonIdentity,
  found: readonly KnownPerson[],
  ignorePotentialMatches: boolean,
): PdsRefusal | null {
  const matches = found.filter((known) => sameIdentity(newcomer, known.identity));
  const { mother } = newcomer;
  const repeat = mother === undefined ? undefined : matches.find((known) => known.identity.mother === mother);
  if (repeat !== undefined) return singleMatch(repeat.key);
  const [first] = matches;
  if (first === undefined || (mother !== undefined && ignorePotentialMatches)) return null;
  return matches.length === 1 ? singleMatch(first.key) : multipleMatches;
}

const singleMatch = (nhsNumber: string): PdsRefusal =>
  refuse('SINGLE_MATCH', `Unable to create new patient. NHS number ${nhsNumber} found for supplied demographic data.`);

const multipleMatches = refuse(
  'MULTIPLE_MATCHES',
  'Unable to create new patient. Multiple matches found for supplied demographic data.',
);
