/** Any method, path, header and body: an answer below 500 in time, and a refusal in its one form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DemographicsCommand, DemographicsQuery } from '../../src/domain/pds/commands.ts';
import { demographics } from '../../src/domain/pds/demographics.ts';
import type { RegisterPerson } from '../../src/domain/pds/registration.ts';
import type { Outcome } from '../../src/engine/envelope.ts';
import type { Decision, DecisionContext } from '../../src/engine/record-kind.ts';
import { route } from '../../src/routes/router.ts';
import { birth, newcomer } from '../domain/pds/births.ts';
import { patient as patchable } from '../domain/pds/patch-fixture.ts';
import { BASE, Edge, REQUEST_ID } from './support.ts';
import type { Asked } from './support.ts';

const HANG_MS = 50;
/** The same cases for every push; a nightly run brings its own. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const STORED = { resource: patchable() as never, annex: {} };
const STORED_VIEW = { key: '9000000009', version: 7, ...demographics.encode(STORED), state: () => STORED };
const AGENT = { client: 'fuzz', mode: 'user-restricted', rights: [] };

/** The shards decide as the real ones do, so that bodies reach the domain's own readers. */
function decided({ kind, key, wish }: Asked): Outcome {
  const context = {
    key,
    now: Date.UTC(2026, 2, 10),
    version: 7,
    nextVersion: 8,
    agent: AGENT,
    newId: () => '0000ABCD',
    neighbour: () => null,
  };
  if (wish.name === 'register-person') return registered(wish as RegisterPerson, context);
  if (wish.name === 'patch-patient' || wish.name === 'update-coverage') {
    const command = wish as DemographicsCommand;
    return outcomeOf(
      demographics.guard?.(STORED, command, context) ?? demographics.decide(STORED, command, context),
      8,
    );
  }
  if (kind !== demographics.name) return { kind: 'replied', effect: 'found', version: 7, body: '[]' };
  const view = demographics.view(STORED_VIEW, wish as DemographicsQuery, context);
  return view.kind === 'found' ? { effect: 'found', version: 7, ...view, kind: 'replied' } : view;
}

function registered({ patient, objection }: RegisterPerson, context: DecisionContext): Outcome {
  const create = { name: 'create-patient', patient } as const;
  return outcomeOf(
    objection ?? demographics.decide(null, create, { ...context, key: '9000000009', version: 0, nextVersion: 1 }),
    1,
  );
}

const outcomeOf = (decision: Decision<unknown>, version: number): Outcome =>
  decision.kind === 'refused' ? decision : { kind: 'replied', effect: decision.kind, version, ...decision.reply };

const word = fc.stringMatching(/^[!-~]{0,20}$/);
const anyText = fc.string({ unit: 'binary', maxLength: 30 });

const segment = fc.oneof(
  fc.constantFrom(
    'Patient',
    'Coverage',
    'RelatedPerson',
    '9000000009',
    '9000000000',
    '$process-birth-details',
    '_ping',
    '_status',
    '',
    '.',
    '%2e%2e',
    '%',
    '%00',
    '%C3%28',
  ),
  word,
  anyText.map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '/Patient/9000000009',
      '/Patient',
      '/Coverage',
      '/Patient/$process-birth-details',
      '/Patient/9000000009/RelatedPerson',
    ),
  },
  { weight: 2, arbitrary: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`) },
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      'family',
      'given',
      'birthdate',
      'gender',
      '_max-results',
      '_fuzzy-match',
      'address-postcode',
      'subscriber:identifier',
      '__proto__',
    ),
    word,
  ),
  fc.oneof(
    fc.constantFrom('Smith', 'Sm*', 'eq1980-05-17', 'ge1900', 'female', 'true', '1', '51', '-1', '9000000009', '%'),
    word,
    anyText.map((text) => text.toWellFormed()),
  ),
);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(parameter, { maxLength: 6 })
    .map(
      (pairs) =>
        `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`,
    ),
  word.map((text) => `?${text}`),
);

const headerText = fc.stringMatching(/^[\x21-\x7e\xa0-\xff]{0,30}$/);
const oneOf = (...values: string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: headerText });
const headers = fc.record(
  {
    'X-Request-ID': fc.oneof({ weight: 9, arbitrary: fc.constant(REQUEST_ID) }, { weight: 1, arbitrary: headerText }),
    'X-Correlation-ID': headerText,
    'If-Match': oneOf('W/"7"', 'W/"7"', 'W/"8"', '"7"', 'W/"-1"', 'W/"99999999999999999999"', '*'),
    'Content-Type': oneOf(
      'application/json-patch+json',
      'application/fhir+json',
      'application/json',
      'text/plain',
      'application/json; charset=utf-16',
      '',
    ),
    'Content-Encoding': oneOf('', 'gzip', 'identity'),
    'X-Sync-Wait': oneOf('0', '0.25', '60', '-1', 'NaN'),
    Authorization: oneOf('Bearer x.y.z', 'Bearer ', 'Basic eDp5'),
    'NHSD-Session-URID': headerText,
  },
  { requiredKeys: ['X-Request-ID'] },
);

const json = fc.jsonValue({ maxDepth: 3 });
const operation = fc.record(
  {
    op: fc.oneof(fc.constantFrom('add', 'replace', 'remove', 'test', 'copy', 'move'), json),
    path: fc.oneof(
      fc.constantFrom(
        '/gender',
        '/name/0',
        '/name/0/family',
        '/address/-',
        '/extension/0/url',
        '/id',
        '/telecom/0/value',
        '/name/99',
        '',
      ),
      word,
    ),
    from: word,
    value: fc.oneof(
      json,
      fc.constantFrom<unknown>(
        'male',
        { id: 'N1' },
        { use: 'usual', family: 'Quill', period: { start: '2001-02-03' } },
        null,
      ),
    ),
  },
  { requiredKeys: [] },
);
const card = {
  resourceType: 'Coverage',
  status: 'active',
  period: { end: '2030-12-31' },
  payor: [{ identifier: { value: '1' } }],
  identifier: [{ value: 'DE1', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'DEU' } } }],
  beneficiary: { identifier: { value: '1' } },
  subscriber: { identifier: { value: '9000000009' } },
};
const wellFormed = fc.oneof(
  fc.array(operation, { maxLength: 4 }).map((patches) => ({ patches })),
  fc.constantFrom<unknown>(newcomer(), birth(), card, { patches: [{ op: 'replace', path: '/gender', value: 'male' }] }),
  json,
);

/** A document with one value changed, or its text cut or stained. */
const body: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  wellFormed.map((value) => JSON.stringify(value)),
  fc.tuple(wellFormed, fc.nat(40), json).map(([value, at, other]) => spoil(value, at, other)),
  fc
    .tuple(wellFormed, fc.nat())
    .map(([value, at]) => JSON.stringify(value).slice(0, at % (JSON.stringify(value).length + 1))),
  fc.tuple(wellFormed, fc.nat(), word).map(([value, at, stain]) => stained(JSON.stringify(value), at, stain)),
  anyText,
  fc.uint8Array({ maxLength: 60 }),
  fc.constantFrom(
    '[[[['.repeat(50),
    '{"a":'.repeat(60),
    '1e999',
    '"\\ud800"',
    '{"patches":[],"patches":[]}',
    '{"__proto__":{}}',
    '\ufeff{}',
    '',
  ),
);

function spoil(value: unknown, at: number, other: unknown): string {
  let left = at;
  return JSON.stringify(value, (_name, inner: unknown) => (left-- === 0 ? other : inner));
}

const stained = (text: string, at: number, stain: string): string => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + stain + text.slice(place + stain.length);
};

const anything = fc.record({
  method: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('GET', 'POST', 'PATCH') },
    { weight: 1, arbitrary: fc.constantFrom('PUT', 'DELETE', 'HEAD', 'OPTIONS') },
  ),
  path,
  query,
  headers,
  body,
});
type Case = typeof anything extends fc.Arbitrary<infer Value> ? Value : never;

/** What clients really send, spoiled in one place or not at all. */
const SENSIBLE = [
  { method: 'POST', path: '/Patient', document: newcomer() },
  { method: 'POST', path: '/Patient/$process-birth-details', document: birth() },
  { method: 'POST', path: '/Coverage', document: card },
  {
    method: 'PATCH',
    path: '/Patient/9000000009',
    document: { patches: [{ op: 'replace', path: '/gender', value: 'male' }] },
  },
] as const;
const FITTING = { 'X-Request-ID': REQUEST_ID, 'If-Match': 'W/"7"', 'Content-Type': 'application/json' };

const nearlyRight: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom(...SENSIBLE), fc.nat(60), json, fc.oneof(fc.constant(FITTING), headers))
  .map(([{ method, path, document }, at, other, headers]) => ({
    method,
    path,
    query: '',
    headers,
    body: spoil(document, at, other),
  }));

const asked = fc.oneof(anything, nearlyRight);

function request(base: string, { method, path, query, headers, body }: Case): Request {
  const bodied = method !== 'GET' && method !== 'HEAD';
  return new Request(`${base}${path}${query}`.replaceAll('#', '%23'), {
    method,
    headers,
    ...(bodied ? { body: typeof body === 'string' ? body : new Uint8Array(body) } : {}),
  });
}

/** The quickest of three, so that a pause of the machine does not count as a hang. */
async function answered(base: string, sent: Case): Promise<{ response: Response; inside: boolean; elapsed: number }> {
  let elapsed = Number.POSITIVE_INFINITY;
  for (let tries = 1; ; tries++) {
    const edge = new Edge();
    edge.spine.answer = decided;
    const incoming = request(base, sent);
    const started = performance.now();
    const response = await route(incoming, edge.surroundings);
    elapsed = Math.min(elapsed, performance.now() - started);
    const inside = incoming.url.startsWith(`${BASE}/`) || incoming.url === BASE || incoming.url.startsWith(`${BASE}?`);
    if (elapsed <= HANG_MS || tries === 3) return { response, inside, elapsed };
  }
}

function isOneIssue(text: string): boolean {
  const { resourceType, issue } = JSON.parse(text) as {
    resourceType: string;
    issue?: { severity: string; code: string; details: { coding: { code: string; display: string }[] } }[];
  };
  const [only, second] = issue ?? [];
  const [coding] = only?.details.coding ?? [];
  const filled = [only?.severity, only?.code, coding?.code, coding?.display].every(
    (part) => typeof part === 'string' && part !== '',
  );
  return resourceType === 'OperationOutcome' && second === undefined && filled;
}

describe('any request at all', () => {
  test('SIM-13 PDS answers below 500, at once, and refuses with one issue', { timeout: 120_000 }, async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(asked, async (sent) => {
        const { response, inside, elapsed } = await answered(BASE, sent);
        seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
        // The live gateway knows no OPTIONS but a preflight and says so with 502.
        if (sent.method !== 'OPTIONS') expect(response.status).toBeLessThan(500);
        expect(elapsed).toBeLessThanOrEqual(HANG_MS);
        if (inside && response.status >= 400 && response.status !== 414)
          expect(isOneIssue(await response.text())).toBe(true);
      }),
      { numRuns: 10_000, seed: SEED },
    );
    // All kinds of ways were taken: found, made, refused for form, for presence, for version.
    for (const status of [200, 201, 400, 404, 412]) expect([status, seen.get(status) ?? 0]).not.toEqual([status, 0]);
  });

  test(
    'SIM-14 the operator pages answer below 500, at once, with or without the key',
    { timeout: 60_000 },
    async () => {
      const line = fc.oneof(
        body,
        fc.tuple(wellFormed, fc.nat(40), json).map(([value, at, other]) => spoil(value, at, other)),
      );
      const lines = fc
        .array(line, { maxLength: 4 })
        .map((parts) => parts.map((part) => (typeof part === 'string' ? part : '\u0000')).join('\n'));
      const operated = fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT'),
        path: fc.constantFrom('/import', '/import', '/status', '/', '/import/x'),
        query: fc.constant(''),
        headers: fc.record(
          {
            Authorization: fc.constantFrom('Bearer operator-1', 'Bearer operator-1', 'Bearer no'),
            'X-Chunk-ID': oneOf('chunk-1', ''),
          },
          { requiredKeys: ['Authorization'] },
        ),
        body: lines,
      }) as unknown as fc.Arbitrary<Case>;
      await fc.assert(
        fc.asyncProperty(operated, async (sent) => {
          const { response, elapsed } = await answered('https://edge.test/operator', sent);
          expect(response.status).toBeLessThan(500);
          expect(elapsed).toBeLessThanOrEqual(HANG_MS);
          expect(JSON.parse(await response.text())).toBeTypeOf('object');
        }),
        { numRuns: 2_000, seed: SEED },
      );
    },
  );
});
