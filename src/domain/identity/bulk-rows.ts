/** Reads a bulk registration, CSV or NDJSON, row by row: a bad row is told by its number and hinders no other. */
import { jobRoleOf } from './rbac.ts';

export interface BulkRow {
  /** Counted from 1, without the header. */
  readonly row: number;
  /** The organisation's own name for this registration: the same again changes nothing. */
  readonly key: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly birthDate: string;
  readonly nationalInsurance: string;
  readonly roleCode: string;
  readonly activities: readonly string[];
  readonly from?: number;
  readonly to?: number;
}

export interface BadRow {
  readonly row: number;
  readonly reason: string;
}

const COLUMNS = [
  'key',
  'given_name',
  'family_name',
  'birth_date',
  'ni_number',
  'role_code',
  'activities',
  'from',
  'to',
] as const;
type Fields = Partial<Record<(typeof COLUMNS)[number], string>>;

/** The cells of one line; quotes hold commas and doubled quotes. */
function cells(line: string): readonly string[] | null {
  const found: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/gy;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) return null;
    found.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    if (match[3] === '') return found;
  }
}

export function csvRows(text: string): readonly (BulkRow | BadRow)[] | null {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const names = cells(head);
  if (names === null || !names.includes('key') || !names.includes('role_code')) return null;
  return numbered(lines, (line) => {
    const values = cells(line);
    if (values === null || values.length !== names.length) return 'the number of columns is not that of the header';
    return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
  });
}

export const ndjsonRows = (text: string): readonly (BulkRow | BadRow)[] =>
  numbered(text.split(/\r?\n/), (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return 'not JSON';
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object';
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, Array.isArray(item) ? item.join(';') : String(item)]),
    );
  });

function numbered(lines: readonly string[], read: (line: string) => Fields | string): readonly (BulkRow | BadRow)[] {
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const fields = read(line);
    return [typeof fields === 'string' ? { row: at + 1, reason: fields } : rowOf(at + 1, fields)];
  });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Start of a calendar day, or null. */
function dayOf(text: string | undefined): number | undefined | null {
  if (text === undefined || text === '') return undefined;
  const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function rowOf(row: number, fields: Fields): BulkRow | BadRow {
  const { key = '', given_name: givenName = '', family_name: familyName = '', birth_date: birthDate = '' } = fields;
  const { ni_number: insurance = '', role_code: roleCode = '', activities = '' } = fields;
  const bad = (reason: string): BadRow => ({ row, reason });
  if (!/^[\x21-\x7e]{1,64}$/.test(key)) return bad('key must be 1 to 64 visible characters');
  if (givenName === '' || familyName === '') return bad('given_name and family_name are needed');
  if (dayOf(birthDate) === null || birthDate === '') return bad('birth_date must be a date');
  if (jobRoleOf(roleCode) === null) return bad('role_code must look like R8000 or S8000:G8000:R8000');
  const from = dayOf(fields.from);
  const to = dayOf(fields.to);
  if (from === null || to === null) return bad('from and to must be dates');
  if (from !== undefined && to !== undefined && to <= from) return bad('to must be after from');
  const codes = activities
    .split(';')
    .map((code) => code.trim())
    .filter((code) => code !== '');
  if (!codes.every((code) => /^B\d{4}$/.test(code))) return bad('activities must be codes like B0820');
  return {
    row,
    key,
    givenName,
    familyName,
    birthDate,
    nationalInsurance: insurance.replaceAll(' ', '').toUpperCase(),
    roleCode,
    activities: codes,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
