/**
 * How closely a matching record fits: the mean likeness over the criteria, 1 when all are equal.
 * Likeness of texts is Jaro-Winkler on the query as sent, `*` included, so that a wildcard hit stays below 1.
 * The formula is not published; this one gives the published 0.965, 0.9259, 0.9317, 0.9077, 0.8827 and 0.6806 exactly.
 */
import { comparableName, likenessText } from '../../nhs/fold-name.ts';
import { jaroWinkler } from '../../nhs/jaro-winkler.ts';
import { comparablePostcode } from '../../nhs/postcode.ts';
import { liesWithin, nameEquals, searchedNames, searchedPostcodes } from './match-facts.ts';
import type { DateRange, SearchCriteria } from './search-criteria.ts';
import type { SearchableFacts, SearchDetails, SearchName } from './searchable-facts.ts';

/** A name found with given and family swapped can come near, never up to, one found straight. */
const TRANSPOSED = 0.9;

/** Phone and e-mail filter only: they do not count. */
export function scoreFacts(facts: SearchableFacts, criteria: SearchCriteria): number {
  const likenesses = [1, ...nameLikenesses(facts, criteria)]; // the 1 is the birth date, which always fits
  const { gender, postcode } = criteria;
  if (gender !== undefined) likenesses.push(gender === facts.gender ? 1 : jaroWinkler(gender, facts.gender));
  if (postcode !== undefined) {
    likenesses.push(best(searchedPostcodes(facts, criteria), (known) => postcodeLikeness(postcode.text, known)));
  }
  if (facts.details !== null) likenesses.push(...registrationLikenesses(facts.details, criteria));
  const sum = likenesses.reduce((total, likeness) => total + likeness, 0);
  return Math.round((sum / likenesses.length) * 10_000) / 10_000;
}

/**
 * One stored name stands for the person: the one nearest in given names, then in family name.
 * (Published: a search for a current family with a former given name scores by the former name.)
 */
function nameLikenesses(facts: SearchableFacts, criteria: SearchCriteria): readonly number[] {
  const { family, given, fuzzy } = criteria;
  const names = searchedNames(facts, criteria).filter((name) => fuzzy || nameEquals(name, criteria));
  let chosen: { givens: readonly number[]; family: number } | null = null;
  for (const name of names) {
    const candidate = {
      givens: given.map(({ text }, i) => textLikeness(text, name.given[i] ?? '')),
      family: family === undefined ? 0 : textLikeness(family.text, name.family),
    };
    if (chosen === null || isNearer(candidate, chosen)) chosen = candidate;
  }
  const straight = chosen === null ? [] : [...chosen.givens, ...(family === undefined ? [] : [chosen.family])];
  if (!fuzzy || family === undefined || given.length === 0) return straight;
  const swapped = best(names, (name) => swappedLikeness(name, criteria)) * TRANSPOSED;
  return swapped > mean(straight) ? straight.map(() => swapped) : straight;
}

interface NameLikeness {
  readonly givens: readonly number[];
  readonly family: number;
}

function isNearer(a: NameLikeness, b: NameLikeness): boolean {
  const difference = mean(a.givens) - mean(b.givens);
  return difference > 0 || (difference === 0 && a.family > b.family);
}

function swappedLikeness(name: SearchName, { family, given }: SearchCriteria): number {
  const asGiven = textLikeness(family?.text ?? '', name.given[0] ?? '');
  const asFamily = textLikeness(given[0]?.text ?? '', name.family);
  return (asGiven + asFamily) / 2;
}

function registrationLikenesses(details: SearchDetails, criteria: SearchCriteria): number[] {
  const { generalPractitioner: practice, managingOrganization: organization, deathDate } = criteria;
  const likenesses: number[] = [];
  if (practice !== undefined) likenesses.push(best(details.practitioners, (known) => textLikeness(practice, known)));
  if (organization !== undefined) {
    likenesses.push(best(details.managingOrganizations, (known) => textLikeness(organization, known)));
  }
  if (deathDate !== undefined) likenesses.push(dateLikeness(details.deathDate, deathDate));
  return likenesses;
}

function dateLikeness(stored: string, range: DateRange): number {
  if (liesWithin(stored, range)) return 1;
  return range.from !== undefined && range.from === range.to ? jaroWinkler(range.from, stored) : 0;
}

function textLikeness(searched: string, stored: string): number {
  if (comparableName(searched) === comparableName(stored)) return 1;
  return jaroWinkler(likenessText(searched), likenessText(stored));
}

function postcodeLikeness(searched: string, stored: string): number {
  if (comparablePostcode(searched) === comparablePostcode(stored)) return 1;
  return jaroWinkler(searched.toUpperCase(), stored.toUpperCase());
}

function best<Item>(items: readonly Item[], likeness: (item: Item) => number): number {
  return items.reduce((highest, item) => Math.max(highest, likeness(item)), 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}
