/** Whether facts meet criteria: plain searches compare, fuzzy searches listen. Facts not known rule nothing out. */
import { comparableName } from '../../nhs/fold-name.ts';
import { comparablePostcode } from '../../nhs/postcode.ts';
import { soundex } from '../../nhs/soundex.ts';
import { daysInMonth, fuzzyCombinations } from './search-criteria.ts';
import type { DateRange, SearchCriteria, TextCriterion } from './search-criteria.ts';
import type { SearchableFacts, SearchDetails, SearchName } from './searchable-facts.ts';

export function factsMatch(facts: SearchableFacts, criteria: SearchCriteria): boolean {
  if (criteria.excludesRestricted && facts.confidentiality === 'R') return false;
  if (!criteria.registration && facts.confidentiality === 'V') return false;
  if (!liesWithin(facts.birthDate, criteria.birthDate)) return false;
  if (facts.details !== null && !contactsMatch(facts.details, criteria)) return false;
  return criteria.fuzzy ? soundsLike(facts, criteria) : equals(facts, criteria);
}

/** A date of which only the year or month is known lies within a range when every day it may be does. */
export function liesWithin(date: string, { from, to }: DateRange): boolean {
  if (date === '') return false;
  return (from === undefined || firstDayOf(date) >= from) && (to === undefined || lastDayOf(date) <= to);
}

/** The first day that a date of any precision may be. */
export function firstDayOf(date: string): string {
  if (date.length === 4) return `${date}-01-01`;
  return date.length === 7 ? `${date}-01` : date.slice(0, 10);
}

function lastDayOf(date: string): string {
  if (date.length === 4) return `${date}-12-31`;
  if (date.length !== 7) return date.slice(0, 10);
  return `${date}-${daysInMonth(Number(date.slice(0, 4)), Number(date.slice(5)))}`;
}

function contactsMatch(details: SearchDetails, { email, phone, fuzzy, history }: SearchCriteria): boolean {
  const alsoFormer = fuzzy || history;
  if (email !== undefined) {
    const emails = alsoFormer ? [...details.emails, ...details.formerEmails] : details.emails;
    if (!emails.some((known) => known.toLowerCase() === email.toLowerCase())) return false;
  }
  if (phone !== undefined) {
    const phones = alsoFormer ? [...details.phones, ...details.formerPhones] : details.phones;
    if (!phones.some((known) => withoutSpaces(known) === withoutSpaces(phone))) return false;
  }
  return true;
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/gu, '');
}

/** Names that a search looks through. */
export function searchedNames(facts: SearchableFacts, { fuzzy, history }: SearchCriteria): readonly SearchName[] {
  return fuzzy || history ? [...facts.names, ...facts.formerNames] : facts.names;
}

/** Postcodes that a search looks through. */
export function searchedPostcodes(facts: SearchableFacts, { fuzzy, history }: SearchCriteria): readonly string[] {
  return fuzzy || history ? [...facts.postcodes, ...facts.formerPostcodes] : facts.postcodes;
}

function equals(facts: SearchableFacts, criteria: SearchCriteria): boolean {
  if (criteria.gender !== undefined && criteria.gender !== facts.gender) return false;
  if (!searchedNames(facts, criteria).some((name) => nameEquals(name, criteria))) return false;
  const { postcode } = criteria;
  if (postcode !== undefined && !searchedPostcodes(facts, criteria).some((known) => postcodeEquals(postcode, known))) {
    return false;
  }
  return facts.details === null || registrationEquals(facts.details, criteria);
}

export function nameEquals(name: SearchName, { family, given }: SearchCriteria): boolean {
  if (family !== undefined && !textEquals(family, name.family)) return false;
  return given.every((searched, i) => textEquals(searched, name.given[i] ?? ''));
}

function textEquals({ text, wildcard }: TextCriterion, stored: string): boolean {
  return sameOrLike(comparableName(text), comparableName(stored), wildcard);
}

function postcodeEquals({ text, wildcard }: TextCriterion, stored: string): boolean {
  return sameOrLike(comparablePostcode(text), comparablePostcode(stored), wildcard);
}

function sameOrLike(searched: string, stored: string, wildcard: boolean): boolean {
  return wildcard ? isLike(stored, searched) : searched === stored;
}

/** Whether `text` fits a pattern in which `*` is any run; linear but for the pieces themselves, whatever the pattern. */
export function isLike(text: string, pattern: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - last.length;
}

function registrationEquals(details: SearchDetails, criteria: SearchCriteria): boolean {
  const { generalPractitioner: practice, managingOrganization: organization, deathDate } = criteria;
  if (practice !== undefined && !holdsCode(details.practitioners, practice)) return false;
  if (organization !== undefined && !holdsCode(details.managingOrganizations, organization)) return false;
  return deathDate === undefined || liesWithin(details.deathDate, deathDate);
}

function holdsCode(codes: readonly string[], code: string): boolean {
  return codes.some((known) => known.toUpperCase() === code.toUpperCase());
}

/** The union of the combinations that the criteria satisfy; practice and death date only move the score. */
function soundsLike(facts: SearchableFacts, criteria: SearchCriteria): boolean {
  const { family, given, gender } = criteria;
  if (gender !== undefined && gender !== facts.gender && !facts.formerGenders.includes(gender)) return false;
  const names = searchedNames(facts, criteria);
  const families = new Set(names.map((name) => soundex(name.family)));
  const givens = new Set(names.flatMap((name) => name.given.map(soundex)));
  const familySound = family === undefined ? '' : soundex(family.text);
  const givenSound = given[0] === undefined ? '' : soundex(given[0].text);
  const familyHeard = families.has(familySound);
  const givenHeard = givens.has(givenSound);
  const combinations = fuzzyCombinations(criteria);
  if (combinations.names) {
    if (familyHeard && givenHeard) return true;
    if (families.has(givenSound) && givens.has(familySound)) return true;
  }
  if (!(combinations.family && familyHeard) && !(combinations.given && givenHeard)) return false;
  const { postcode } = criteria;
  return postcode !== undefined && searchedPostcodes(facts, criteria).some((known) => postcodeEquals(postcode, known));
}
