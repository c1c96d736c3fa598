/** What a search asks for: query parameters in, checked criteria out, or the refusal the wire knows. */
import { comparableName } from '../../nhs/fold-name.ts';
import { comparablePostcode } from '../../nhs/postcode.ts';
import { refuse, invalidValue, missingValue } from './refusals.ts';
import type { PdsRefusal } from './refusals.ts';

/** A text to compare with; `wildcard`: every `*` in it stands for any run of characters. */
export interface TextCriterion {
  readonly text: string;
  readonly wildcard: boolean;
}

/** Inclusive, both ends `yyyy-mm-dd`; an absent end is open. */
export interface DateRange {
  readonly from?: string;
  readonly to?: string;
}

/** Plain data: it crosses into the shards as it is. */
export interface SearchCriteria {
  readonly family?: TextCriterion;
  readonly given: readonly TextCriterion[];
  readonly gender?: string;
  readonly birthDate: DateRange;
  readonly deathDate?: DateRange;
  readonly postcode?: TextCriterion;
  readonly generalPractitioner?: string;
  readonly managingOrganization?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly fuzzy: boolean;
  /** Only records that score 1. */
  readonly exact: boolean;
  readonly history: boolean;
  /** Restricted patients are left out: the search filters on what they hide. */
  readonly excludesRestricted: boolean;
  /**
   * The register itself asks whether a newcomer is known. Only it sees very restricted patients:
   * they hide name and birth date, which every search filters on.
   */
  readonly registration: boolean;
  readonly maxResults: number;
  /** Whether the client named a limit itself; some access modes forbid every limit but 1. */
  readonly maxResultsGiven: boolean;
}

const PARAMETERS: ReadonlySet<string> = new Set([
  'family',
  'given',
  'gender',
  'birthdate',
  'death-date',
  'address-postalcode',
  'address-postcode',
  'general-practitioner',
  'managing-organization',
  'email',
  'phone',
  '_fuzzy-match',
  '_exact-match',
  '_history',
  '_max-results',
  'history',
]);
const REPEATABLE: Readonly<Record<string, number>> = { given: 10, birthdate: 2, 'death-date': 2 };
const GENDERS: ReadonlySet<string> = new Set(['male', 'female', 'other', 'unknown']);
const NAME_LENGTH = 35;
const POSTCODE_LENGTH = 16;
const ORGANIZATION_LENGTH = 16;
const EMAIL_LENGTH = 254;
const PHONE_LENGTH = 64;
const MOST_RESULTS = 50;

const TOO_LITTLE = invalidSearch(
  'No searches were performed as the search criteria did not meet the minimum requirements',
);
const NOT_FUZZY = invalidSearch(
  'A fuzzy search was requested however the data given did not meet the fuzzy search criteria',
);

/** Checks in the order of the public mock: names of parameters, values, minimum, then what only the names decide. */
export function parseSearch(params: URLSearchParams): SearchCriteria | PdsRefusal {
  if (params.size === 0) return refuse('UNSUPPORTED_SERVICE');
  const refusal = checkParameterNames(params) ?? checkDates(params) ?? checkRepeats(params) ?? checkValues(params);
  if (refusal !== null) return refusal;
  if (!params.has('birthdate')) return missingValue('birth_date/birth_date_range_start/birth_date_range_end');
  const criteria = readCriteria(params);
  return checkMinimum(criteria) ?? checkPostcodeNames(params) ?? checkNames(criteria) ?? criteria;
}

function invalidSearch(reason: string): PdsRefusal {
  return refuse('INVALID_SEARCH_DATA', `Invalid search data provided - '${reason}'`);
}

function checkParameterNames(params: URLSearchParams): PdsRefusal | null {
  const unknown = [...new Set(params.keys())].filter((name) => !PARAMETERS.has(name));
  if (unknown.length === 0) return null;
  const list = unknown.map((name) => `'${name}'`).join(', ');
  const were = unknown.length === 1 ? 'was' : 'were';
  return refuse(
    'ADDITIONAL_PROPERTIES',
    `Invalid request with error - Additional properties are not allowed (${list} ${were} unexpected)`,
  );
}

function checkDates(params: URLSearchParams): PdsRefusal | null {
  for (const field of ['birthdate', 'death-date']) {
    const wrong = params.getAll(field).find((value) => !isSearchDate(value));
    if (wrong !== undefined) return invalidValue(wrong, field);
  }
  return null;
}

function isSearchDate(value: string): boolean {
  const parts = /^(?:eq|ge|le)?(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function checkRepeats(params: URLSearchParams): PdsRefusal | null {
  for (const field of new Set(params.keys())) {
    const values = params.getAll(field);
    const most = REPEATABLE[field] ?? 1;
    if (values.length <= most) continue;
    const list = `[${values.map((value) => `'${value}'`).join(', ')}]`;
    return most === 1
      ? invalidValue(list, field)
      : refuse('TOO_MANY_VALUES_SUBMITTED', `Too many values submitted - ${list} in field '${field}'`);
  }
  return null;
}

const VALUE_CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  gender: (value) => GENDERS.has(value.toLowerCase()),
  '_fuzzy-match': isBoolean,
  '_exact-match': isBoolean,
  _history: isBoolean,
  '_max-results': (value) => /^\d{1,2}$/.test(value) && Number(value) >= 1 && Number(value) <= MOST_RESULTS,
  'general-practitioner': isOrganizationCode,
  'managing-organization': isOrganizationCode,
  'address-postalcode': isPostcode,
  'address-postcode': isPostcode,
  email: (value) => value.trim() !== '' && value.length <= EMAIL_LENGTH,
  phone: (value) => value.trim() !== '' && value.length <= PHONE_LENGTH,
};

function isBoolean(value: string): boolean {
  return value === 'true' || value === 'false';
}

function isOrganizationCode(value: string): boolean {
  return value.length <= ORGANIZATION_LENGTH && /^[A-Za-z0-9]+$/.test(value);
}

function isPostcode(value: string): boolean {
  return value.length <= POSTCODE_LENGTH && /^[A-Za-z0-9 *]+$/.test(value) && value.trim() !== '';
}

function checkValues(params: URLSearchParams): PdsRefusal | null {
  for (const [field, valid] of Object.entries(VALUE_CHECKS)) {
    const value = params.get(field);
    if (value !== null && !valid(value)) return invalidValue(value, field);
  }
  return null;
}

/** Assigns only what the query holds, so that an absent criterion is an absent member. */
function readCriteria(params: URLSearchParams): SearchCriteria {
  const criteria: { -readonly [K in keyof SearchCriteria]: SearchCriteria[K] } = {
    given: params.getAll('given').map(textCriterion),
    birthDate: dateRange(params.getAll('birthdate')),
    fuzzy: params.get('_fuzzy-match') === 'true',
    exact: params.get('_exact-match') === 'true',
    history: params.get('_history') === 'true',
    excludesRestricted: [
      'address-postalcode',
      'address-postcode',
      'general-practitioner',
      'managing-organization',
    ].some((field) => params.has(field)),
    registration: false,
    maxResults: Number(params.get('_max-results') ?? MOST_RESULTS),
    maxResultsGiven: params.has('_max-results'),
  };
  const postcode = params.get('address-postalcode') ?? params.get('address-postcode');
  const family = params.get('family');
  if (family !== null) criteria.family = textCriterion(family);
  if (postcode !== null) criteria.postcode = textCriterion(postcode);
  if (params.has('death-date')) criteria.deathDate = dateRange(params.getAll('death-date'));
  const gender = params.get('gender');
  const practice = params.get('general-practitioner');
  const organization = params.get('managing-organization');
  const email = params.get('email');
  const phone = params.get('phone');
  if (gender !== null) criteria.gender = gender.toLowerCase();
  if (practice !== null) criteria.generalPractitioner = practice;
  if (organization !== null) criteria.managingOrganization = organization;
  if (email !== null) criteria.email = email.trim();
  if (phone !== null) criteria.phone = phone.trim();
  return criteria;
}

function textCriterion(value: string): TextCriterion {
  return { text: value.trim(), wildcard: value.includes('*') };
}

/** Several dates narrow each other; dates that exclude each other leave a range that holds nothing. */
function dateRange(values: readonly string[]): DateRange {
  let from: string | undefined;
  let to: string | undefined;
  for (const value of values) {
    const date = value.slice(-10);
    if (!value.startsWith('le') && (from === undefined || date > from)) from = date;
    if (!value.startsWith('ge') && (to === undefined || date < to)) to = date;
  }
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** The three combinations of criteria that a fuzzy search may rest on. */
export function fuzzyCombinations(criteria: SearchCriteria): { names: boolean; family: boolean; given: boolean } {
  const family = criteria.family !== undefined;
  const given = criteria.given.length > 0;
  const place = criteria.gender !== undefined && criteria.postcode !== undefined;
  return { names: family && given, family: family && place, given: given && place };
}

function checkMinimum(criteria: SearchCriteria): PdsRefusal | null {
  if (!criteria.fuzzy) return criteria.family === undefined ? TOO_LITTLE : null;
  const wildcard = [criteria.family, criteria.postcode, ...criteria.given].some((text) => text?.wildcard === true);
  const { names, family, given } = fuzzyCombinations(criteria);
  return wildcard || !(names || family || given) ? NOT_FUZZY : null;
}

function checkPostcodeNames(params: URLSearchParams): PdsRefusal | null {
  return params.has('address-postalcode') && params.has('address-postcode')
    ? invalidSearch('address.postalCode')
    : null;
}

function checkNames(criteria: SearchCriteria): PdsRefusal | null {
  if (criteria.family !== undefined && !isSearchName(criteria.family)) return invalidSearch('name.family');
  if (!criteria.given.every(isSearchName)) return invalidSearch('name.given');
  if (criteria.postcode !== undefined && !startsLiteral(comparablePostcode(criteria.postcode.text))) {
    return invalidSearch('address.postalCode');
  }
  return null;
}

function isSearchName({ text }: TextCriterion): boolean {
  return text !== '' && text.length <= NAME_LENGTH && startsLiteral(comparableName(text));
}

/** A wildcard may not stand within the first two characters. */
function startsLiteral(text: string): boolean {
  return !text.slice(0, 2).includes('*');
}
