/** The parameters of an audit search, as FHIR writes them. */
import { NHS_NUMBER, ORGANIZATION, USER_ID } from '../../domain/audit/audit-event.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { Query, WireRefusal } from '../service.ts';
import { refuse } from './call.ts';
import { readCursor } from './trail-search.ts';
import type { Cursor, TrailWish } from './trail-search.ts';

export interface SearchWish extends TrailWish {
  readonly cursor: Cursor | null;
}

const KNOWN = new Set(['patient', 'agent', 'date', '_count', '_cursor']);
/** A page of 500 entries is some 500 KB. */
const MOST = 500;
const USUAL = 50;

const bad = (name: string, value: string): WireRefusal =>
  refuse('INVALID_VALUE', `Invalid value - '${value.slice(0, 64)}' in field '${name}'`);

const all = (query: Query, name: string): readonly string[] => {
  const value = query[name];
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
};

export function searchWish(query: Query, limits: { most: number } = { most: MOST }): SearchWish | WireRefusal {
  const strange = Object.keys(query).find((name) => !KNOWN.has(name));
  if (strange !== undefined) return refuse('INVALID_VALUE', `Unknown parameter '${strange.slice(0, 64)}'`);
  const patient = patientIn(query);
  const agents = agentsIn(query);
  const period = periodIn(query);
  const count = countIn(query, limits.most);
  const [text] = all(query, '_cursor');
  const cursor = text === undefined ? null : (readCursor(text) ?? bad('_cursor', text));
  for (const part of [patient, agents, period, count, cursor])
    if (typeof part === 'object' && part !== null && 'kind' in part) return part;
  return {
    ...(patient as object),
    ...(agents as object),
    ...(period as { since: number; until: number }),
    limit: count as number,
    cursor: cursor as Cursor | null,
  };
}

function patientIn(query: Query): { patient?: string } | WireRefusal {
  const [value, second] = all(query, 'patient');
  if (value === undefined) return {};
  const number = value.replace(/^Patient\//, '').replace(`${NHS_NUMBER}|`, '');
  return second === undefined && isNhsNumber(number) ? { patient: number } : bad('patient', value);
}

const USER = /^[A-Za-z0-9]{1,32}$/;
const ODS = /^[A-Za-z0-9]{3,10}$/;

/** `system|value`; without a system it is a user. */
function agentsIn(query: Query): { user?: string; organization?: string } | WireRefusal {
  const found: { user?: string; organization?: string } = {};
  for (const value of all(query, 'agent')) {
    const [system, code] = value.includes('|') ? value.split('|', 2) : [USER_ID, value];
    const given = code ?? '';
    if (system === ORGANIZATION && ODS.test(given) && found.organization === undefined) found.organization = given;
    else if ((system === USER_ID || system === NHS_NUMBER) && USER.test(given) && found.user === undefined)
      found.user = given;
    else return bad('agent', value);
  }
  return found;
}

const DATE = /^(eq|ge|gt|le|lt|)(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?)$/;
const DAY_MS = 86_400_000;

function periodIn(query: Query): { since: number; until: number } | WireRefusal {
  let since = 0;
  let until = 8_640_000_000_000_000;
  for (const value of all(query, 'date')) {
    // A plus sign of an offset that was not escaped has become a blank.
    const [, prefix = '', text = ''] = DATE.exec(value.replace(' ', '+')) ?? [];
    const start = Date.parse(text);
    if (text === '' || Number.isNaN(start)) return bad('date', value);
    const end = text.length === 10 ? start + DAY_MS : start + 1;
    if (prefix === '' || prefix === 'eq' || prefix === 'ge') since = Math.max(since, start);
    if (prefix === 'gt') since = Math.max(since, end);
    if (prefix === '' || prefix === 'eq' || prefix === 'le') until = Math.min(until, end);
    if (prefix === 'lt') until = Math.min(until, start);
  }
  return { since, until };
}

function countIn(query: Query, most: number): number | WireRefusal {
  const [value] = all(query, '_count');
  if (value === undefined) return Math.min(USUAL, most);
  const count = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  return count >= 1 ? Math.min(count, most) : bad('_count', value);
}
