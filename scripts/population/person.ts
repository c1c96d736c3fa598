/** One synthetic person: who they are, where they live, how they are reached. Pure: all chance comes by `Random`. */
import type { Address, ContactPoint, HumanName, Period } from 'fhir/r4';
import { byRank } from './random.ts';
import type { Random } from './random.ts';
import { FEMALE_NAMES, MALE_NAMES, NICKNAMES } from './given-names.ts';
import { FAMILY_NAMES } from './family-names.ts';
import { DISTRICTS, HOUSE_NAMES, STREET_KINDS, STREET_NAMES, TOWNS } from './places.ts';
import type { Town } from './places.ts';
import * as fhir from './fhir-parts.ts';

/** The population is described as it stands on this day; the generator knows no other clock. */
export const POPULATION_DAY = '2026-01-01';

export type Gender = 'male' | 'female' | 'unknown';

export interface Person {
  readonly gender: Gender;
  readonly birthDate: string;
  readonly given: readonly string[];
  readonly family: string;
  readonly town: Town;
}

const chooseTown = byRank(TOWNS, 4);
const chooseFamily = byRank(FAMILY_NAMES, 20);
const chooseFemale = byRank(FEMALE_NAMES, 15);
const chooseMale = byRank(MALE_NAMES, 15);

const DAY = 86_400_000;
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
const TODAY = dayNumber(POPULATION_DAY);

/** A date between two, both included. */
export const dateBetween = (random: Random, from: string, to: string): string => {
  const first = dayNumber(from);
  return dateOf(random.between(first, Math.max(first, dayNumber(to))));
};

export const yearsBefore = (date: string, years: number): string =>
  dateOf(dayNumber(date) - Math.round(years * 365.25));

export const ageOf = (person: Person): number => (TODAY - dayNumber(person.birthDate)) / 365.25;

/** Ages: flat to 60, thinning out to 100. */
function birthDate(random: Random): string {
  const age = random.chance(0.78) ? random.next() * 60 : 60 + 40 * random.next() * random.next();
  return dateOf(TODAY - 1 - Math.floor(age * 365.25));
}

export const givenName = (random: Random, gender: Gender): string =>
  gender === 'male' || (gender === 'unknown' && random.chance(0.5)) ? chooseMale(random) : chooseFemale(random);

export function familyName(random: Random): string {
  const name = chooseFamily(random);
  if (!random.chance(0.03) || name.includes('-')) return name;
  const second = chooseFamily(random);
  return second === name || second.includes('-') ? name : `${name}-${second}`;
}

export function newPerson(random: Random): Person {
  const gender: Gender = random.chance(0.002) ? 'unknown' : random.chance(0.51) ? 'female' : 'male';
  const given = [givenName(random, gender)];
  for (const probability of [0.65, 0.08]) if (random.chance(probability)) given.push(givenName(random, gender));
  return { gender, birthDate: birthDate(random), given, family: familyName(random), town: chooseTown(random) };
}

function prefixOf(random: Random, person: Person): string[] {
  if (random.chance(0.15)) return [];
  if (ageOf(person) >= 25 && random.chance(0.02)) return ['Dr'];
  if (person.gender === 'male') return [ageOf(person) < 12 ? 'Master' : 'Mr'];
  if (person.gender === 'unknown') return ['Mx'];
  if (ageOf(person) < 16) return ['Miss'];
  return [random.pick(['Mrs', 'Ms', 'Miss', 'Mrs'])];
}

export function usualName(random: Random, person: Person): HumanName {
  const prefix = prefixOf(random, person);
  return {
    id: random.objectId(),
    use: 'usual',
    period: { start: random.chance(0.6) ? person.birthDate : dateBetween(random, person.birthDate, POPULATION_DAY) },
    given: [...person.given],
    family: person.family,
    ...(prefix.length === 0 ? {} : { prefix }),
    ...(random.chance(0.004) ? { suffix: [random.pick(['MBE', 'OBE', 'PhD', 'Jr'])] } : {}),
  };
}

export function nickname(random: Random, person: Person): HumanName | null {
  const short = NICKNAMES[person.given[0] ?? ''];
  if (short === undefined) return null;
  return {
    id: random.objectId(),
    use: 'nickname',
    period: { start: person.birthDate },
    given: [short],
    family: person.family,
  };
}

/** Unit letters of a postcode leave out C I K M O V. */
const UNIT_LETTERS = [...'ABDEFGHJLNPQRSTUWXYZ'];

export const postcode = (random: Random, town: Town): string =>
  `${town.area}${random.between(1, 28)} ${random.below(10)}${random.pick(UNIT_LETTERS)}${random.pick(UNIT_LETTERS)}`;

function lines(random: Random, town: Town): string[] {
  const street = `${random.between(1, 240)} ${random.pick(STREET_NAMES)} ${random.pick(STREET_KINDS)}`;
  const lived = [
    random.chance(0.12) ? random.pick(HOUSE_NAMES) : '',
    street,
    random.chance(0.25) ? random.pick(DISTRICTS) : '',
    town.town,
    random.chance(0.7) ? town.county : '',
  ];
  // Old systems stored five lines, empty ones included; most records hold only those that say something.
  return random.chance(0.03) ? lived : lived.filter((line) => line !== '');
}

export function homeAddress(random: Random, town: Town, period: Period): Address {
  const keys = [];
  if (random.chance(0.5)) keys.push(fhir.addressKey('PAF', String(random.between(10_000_000, 59_999_999))));
  if (random.chance(0.6)) keys.push(fhir.addressKey('UPRN', String(random.between(10_000_000, 999_999_999))));
  return fhir.address(random.objectId(), period, {
    use: 'home',
    line: lines(random, town),
    postalCode: postcode(random, town),
    ...(keys.length === 0 ? {} : { keys }),
  });
}

const TEMPORARY = [
  'Second Home',
  'Student Accommodation',
  'Respite Care Address',
  'Temporary Residence Address',
  'Holiday Home',
];

export function temporaryAddress(random: Random, town: Town): Address {
  const start = dateBetween(random, '2025-06-01', POPULATION_DAY);
  const period = { start, end: yearsBefore(start, -1) };
  const facts = {
    use: 'temp' as const,
    text: random.pick(TEMPORARY),
    line: lines(random, town),
    postalCode: postcode(random, town),
  };
  return fhir.address(random.objectId(), period, facts);
}

const threeDigits = (random: Random): string => String(random.below(1000)).padStart(3, '0');

/** Only numbers that Ofcom keeps free for drama. */
export const landline = (random: Random, town: Town): string => `${town.phone}${threeDigits(random)}`;
export const mobile = (random: Random): string => `07700900${threeDigits(random)}`;

/** Letters without marks, for the part before the @. */
const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[łŁ]/g, 'l')
    .replace(/ß/g, 'ss')
    .replace(/ı/g, 'i')
    .replace(/ø/g, 'o')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

export const email = (random: Random, person: Person): string =>
  `${plain(person.given[0] ?? 'person')}.${plain(person.family)}${random.below(1000)}@example.com`;

export function telecoms(random: Random, person: Person): ContactPoint[] {
  const age = ageOf(person);
  const period = {
    start: dateBetween(random, person.birthDate > '2015-01-01' ? person.birthDate : '2015-01-01', POPULATION_DAY),
  };
  const found: ContactPoint[] = [];
  if (random.chance(age < 16 ? 0.5 : 0.85))
    found.push(fhir.telecom(random.objectId(), period, ['phone', 'mobile', mobile(random)]));
  if (random.chance(age > 50 ? 0.7 : 0.3))
    found.push(fhir.telecom(random.objectId(), period, ['phone', 'home', landline(random, person.town)]));
  if (random.chance(age < 16 ? 0.2 : 0.6))
    found.push(fhir.telecom(random.objectId(), period, ['email', 'home', email(random, person)]));
  if (random.chance(0.003)) found.push(fhir.textphone(random.objectId(), period, landline(random, person.town)));
  return found;
}

/** The code of one of the forty practices of the town. */
export const practiceOf = (random: Random, town: Town): string =>
  `${town.practices}${String(random.between(1, 40)).padStart(3, '0')}`;

export const pharmacyCode = (random: Random): string =>
  `F${random.pick(UNIT_LETTERS)}${random.pick(UNIT_LETTERS)}${random.below(10)}${random.below(10)}`;
