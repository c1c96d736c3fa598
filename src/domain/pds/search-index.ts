/** How a patient is found across shards: the row of the national index, and the probes a search makes there. */
import type { IndexRow } from '../../engine/record-kind.ts';
import { comparableName } from '../../nhs/fold-name.ts';
import { comparablePostcode } from '../../nhs/postcode.ts';
import { soundex } from '../../nhs/soundex.ts';
import type { Demographics, PdsPatient } from './demographics-state.ts';
import { factsMatch, firstDayOf } from './match-facts.ts';
import { fuzzyCombinations } from './search-criteria.ts';
import type { DateRange, SearchCriteria, TextCriterion } from './search-criteria.ts';
import { packFacts, searchableFacts, unpackFacts } from './searchable-facts.ts';
import type { SearchableFacts } from './searchable-facts.ts';

/** Plain data: whoever has any of the tokens (or a token starting so) and a birth date in the range is a candidate. */
export interface SearchPlan {
  readonly tokens: readonly string[];
  /** Asked instead of `tokens` where a wildcard search spans many birth dates. */
  readonly prefix?: string;
  readonly from: string;
  readonly to: string;
}

/** Longer family names than this are cut in tokens; no search term is longer. */
const TOKEN_LENGTH = 48;
const INITIALS = 2;
/** Up to so many days, two initial letters narrow enough; beyond, the literal start of the name is asked for. */
const FEW_DAYS = 62;
const DAY = 86_400_000;
const FIRST_DAY = '0000-00-00';
const LAST_DAY = '9999-99-99';

const familyToken = (family: string): string => `f:${comparableName(family).slice(0, TOKEN_LENGTH)}`;
const initialsToken = (family: string): string => `p:${comparableName(family).slice(0, INITIALS)}`;
const soundToken = (family: string): string => `s:${soundex(family).slice(0, TOKEN_LENGTH)}`;
const postcodeToken = (postcode: string): string => `z:${comparablePostcode(postcode)}`;

/** null where no search can ever find the record; so a merged record leaves the index with its next snapshot. */
export function indexDemographics(state: Demographics): IndexRow | null {
  const facts = searchableFacts(state);
  if (facts === null) return null;
  const tokens = tokensOf(facts);
  if (tokens.length === 0) return null;
  // Any range that holds the whole period of a partial date holds its first day.
  return { partition: firstDayOf(facts.birthDate), tokens, document: packFacts(facts) };
}

function tokensOf(facts: SearchableFacts): readonly string[] {
  const tokens = new Set<string>();
  const names = [...facts.names, ...facts.formerNames];
  for (const { family } of names) {
    if (comparableName(family) === '') continue;
    tokens.add(familyToken(family)).add(initialsToken(family)).add(soundToken(family));
  }
  // Found by postcode are only people with a name, whose names the search then compares.
  if (names.length > 0) {
    for (const postcode of [...facts.postcodes, ...facts.formerPostcodes]) tokens.add(postcodeToken(postcode));
  }
  return [...tokens];
}

/** The fewest probes that cannot miss a match; a postcode names a street, so it is asked for before any name. */
export function candidateTokens(criteria: SearchCriteria): SearchPlan {
  const { from = FIRST_DAY, to = LAST_DAY } = criteria.birthDate;
  // The register compares identities itself, some of them without postcode or accents: give it all who sound alike.
  if (criteria.registration) return { tokens: [soundToken(criteria.family?.text ?? '')], from, to };
  if (criteria.fuzzy) return { tokens: fuzzyTokens(criteria), from, to };
  const { postcode, family } = criteria;
  if (postcode !== undefined && !postcode.wildcard) return { tokens: [postcodeToken(postcode.text)], from, to };
  if (family === undefined) return { tokens: [], from, to };
  if (!family.wildcard) return { tokens: [familyToken(family.text)], from, to };
  const start = literalStart(family);
  if (start.length > INITIALS && !isFewDays(criteria.birthDate))
    return { tokens: [], prefix: familyToken(start), from, to };
  return { tokens: [initialsToken(start)], from, to };
}

function fuzzyTokens(criteria: SearchCriteria): readonly string[] {
  const { family, given, postcode } = criteria;
  const combinations = fuzzyCombinations(criteria);
  const tokens = new Set<string>();
  if (combinations.names && family !== undefined && given[0] !== undefined) {
    // The second is for names stored the other way round.
    tokens.add(soundToken(family.text)).add(soundToken(given[0].text));
  }
  if ((combinations.family || combinations.given) && postcode !== undefined) tokens.add(postcodeToken(postcode.text));
  return [...tokens];
}

function literalStart({ text }: TextCriterion): string {
  return comparableName(text.slice(0, text.indexOf('*')));
}

function isFewDays({ from, to }: DateRange): boolean {
  return from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) <= FEW_DAYS * DAY;
}

/** Whether it is worth asking the shard; says no only where the record as indexed certainly does not match. */
export function prefilter(document: string, criteria: SearchCriteria): boolean {
  return factsMatch(unpackFacts(document), criteria);
}

/** Who already has the name, gender, birth date and home postcode of a person about to be registered. */
export function criteriaForCreate(patient: PdsPatient): SearchCriteria {
  const name = patient.name?.[0];
  const home = patient.address?.find((address) => address.use === 'home')?.postalCode;
  const birthDate = patient.birthDate ?? '';
  const literal = (text: string): TextCriterion => ({ text, wildcard: false });
  return {
    family: literal(name?.family ?? ''),
    given: (name?.given ?? []).map(literal),
    ...(patient.gender !== undefined && { gender: patient.gender }),
    birthDate: { from: birthDate, to: birthDate },
    ...(home !== undefined && { postcode: literal(home) }),
    fuzzy: false,
    exact: false,
    history: false,
    excludesRestricted: false,
    registration: true,
    maxResults: 50,
    maxResultsGiven: false,
  };
}
