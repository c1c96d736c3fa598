/** PATCH Patient under arbitrary patches: what holds whatever a client sends. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalJson } from '../../../src/domain/pds/patch/json.ts';
import { pythonRepr, shownRepr, shownStr } from '../../../src/domain/pds/patch/python-text.ts';
import { decidePatchPatient } from '../../../src/domain/pds/patch-patient.ts';
import type { Loose } from './patch-fixture.ts';
import { contextOf, deathNotice, patient, pharmacy, stateOf } from './patch-fixture.ts';

const LISTS = ['name', 'address', 'telecom', 'contact', 'generalPractitioner'] as const;

const path = fc.oneof(
  fc.constantFrom(
    '/gender',
    '/birthDate',
    '/deceasedDateTime',
    '/multipleBirthInteger',
    '/meta',
    '',
    '/name/-',
    '/telecom/-',
    '/address/-',
    '/extension/-',
  ),
  fc
    .tuple(
      fc.constantFrom(...LISTS, 'extension'),
      fc.constantFrom('0', '1', '2', '9', '-', '01'),
      fc.constantFrom(
        '',
        '/id',
        '/url',
        '/given/0',
        '/given/-',
        '/line/0',
        '/line',
        '/value',
        '/use',
        '/period',
        '/period/start',
        '/suffix',
        '/identifier/value',
        '/telecom/0/value',
        '/extension/0',
      ),
    )
    .map(([list, index, rest]) => `/${list}/${index}${rest}`),
  fc.string(),
);

const item = fc.constantFrom<unknown>(
  { use: 'old', family: 'Reed' },
  { id: 'N2', use: 'nickname', family: 'Reed', given: ['A', 'B C'] },
  { use: 'home', line: ['1', '2'] },
  { id: 'A1', use: 'home', line: ['', '1 Hill', '', 'York', ''] },
  { id: 'T2', system: 'phone', use: 'mobile', value: '07' },
  { system: 'email', use: 'work', value: 'w@example.com' },
  pharmacy('NominatedPharmacy', 'FK999'),
  pharmacy('MedicalApplianceSupplier', 'Y1234'),
  deathNotice('1'),
);

const value = fc.oneof(
  item,
  fc.constantFrom<unknown>(
    'N1',
    'N2',
    'A1',
    'T2',
    'G1',
    'C1',
    'male',
    '1990-01-01',
    '2020-01-01',
    'Mrs.',
    '',
    ' ',
    null,
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const operation = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'remove', 'test', 'move'), path, value }),
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path }),
);

/** Requests that a careful client would make, so that many are accepted. */
const careful = fc.constantFrom<Loose[]>(
  [{ op: 'replace', path: '/gender', value: 'male' }],
  [{ op: 'add', path: '/name/-', value: { use: 'old', family: 'Reed' } }],
  [
    { op: 'test', path: '/telecom/0/id', value: 'T1' },
    { op: 'remove', path: '/telecom/0' },
  ],
  [
    { op: 'add', path: '/name/0/id', value: 'N1' },
    { op: 'add', path: '/name/0/given/0', value: 'Eve' },
  ],
  [
    { op: 'replace', path: '/address/0/id', value: 'A1' },
    { op: 'replace', path: '/address/0/line/1', value: '' },
  ],
  [
    { op: 'add', path: '/deceasedDateTime', value: '2020-01-01' },
    { op: 'add', path: '/extension/-', value: deathNotice('1') },
  ],
);

const patches = fc
  .array(fc.oneof({ weight: 2, arbitrary: careful }, { weight: 1, arbitrary: operation.map((one) => [one]) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((groups) => groups.flat());

/** Makes any write to the value throw. */
function freeze<T>(root: T): T {
  if (typeof root === 'object' && root !== null && !Object.isFrozen(root)) {
    Object.freeze(root);
    Object.values(root).forEach(freeze);
  }
  return root;
}

const idsOf = (resource: unknown, list: string): unknown[] =>
  (((resource as Loose)[list] ?? []) as Loose[]).map(({ id }) => id);

describe('whatever is sent', () => {
  test('PDS-P17 neither the record nor the command is written to, and nothing throws', () => {
    fc.assert(
      fc.property(patches, fc.constantFrom('user-restricted', 'patient-access'), (list, mode) => {
        const state = freeze(stateOf(patient(), { history: { gender: ['unknown'] }, addressLines: { A1: ['', 'x'] } }));
        const decision = decidePatchPatient(
          state,
          freeze({ name: 'patch-patient', patches: list } as const),
          contextOf(mode),
        );
        expect(['accepted', 'refused']).toContain(decision.kind);
        expect(state.resource).toEqual(patient());
      }),
      { numRuns: 1500 },
    );
  });

  test('PDS-P19 an accepted patch steps the version, keeps ids unique and the reply equal to the record', () => {
    let count = 0;
    fc.assert(
      fc.property(patches, (list) => {
        const state = freeze(stateOf(patient()));
        const decision = decidePatchPatient(state, { name: 'patch-patient', patches: list }, contextOf());
        if (decision.kind !== 'accepted') return;
        count++;
        const after = decision.state.resource as unknown as Loose;
        expect(after['meta']).toMatchObject({ versionId: '8' });
        expect(decision.reply.body).toBe(JSON.stringify(after));
        for (const name of ['resourceType', 'id', 'identifier']) expect(after[name]).toEqual(patient()[name]);
        for (const name of LISTS) {
          const ids = idsOf(after, name);
          expect(new Set(ids).size).toBe(ids.length);
          const known = new Set(idsOf(patient(), name));
          expect(ids.every((id) => known.has(id) || String(id).startsWith('NEW'))).toBe(true);
        }
        expect((after['name'] as Loose[]).filter(({ use }) => use === 'usual')).toHaveLength(1);
        expect(decision.reply.body).not.toMatch(/:\[\]|:null/);
      }),
      { numRuns: 1500 },
    );
    expect(count).toBeGreaterThan(100);
  });

  test('PDS-P19 the same state, patch and context give the same decision', () => {
    fc.assert(
      fc.property(patches, (list) => {
        const once = (): unknown =>
          decidePatchPatient(stateOf(patient()), { name: 'patch-patient', patches: list }, contextOf());
        expect(once()).toEqual(once());
      }),
      { numRuns: 200 },
    );
  });
});

test.each<[unknown, string]>([
  ["O'Brien", '"O\'Brien"'],
  [`both ' and "`, `'both \\' and "'`],
  ['a\n\t\\', "'a\\n\\t\\\\'"],
  ['\u0007\u00a0\u200b', "'\\x07\\xa0\\u200b'"],
  ['é😀', "'é😀'"],
  [{ a: [true, false, null, 1, 1.5, 1e-7] }, "{'a': [True, False, None, 1, 1.5, 1e-07]}"],
  [{}, '{}'],
  [[], '[]'],
])('PDS-P53 Python prints %j', (given, text) =>
  expect(pythonRepr(given as Parameters<typeof pythonRepr>[0])).toBe(text),
);

test('PDS-P53 what is very long is not shown', () => {
  const long = ['x'.repeat(995)];
  expect(shownRepr(long)).toBe(`['${'x'.repeat(995)}']`);
  expect(shownRepr(['x'.repeat(997)])).toBe('<json too long to display>');
  expect(shownStr('x'.repeat(1001))).toBe('<json too long to display>');
});

test.each<[unknown, unknown, boolean]>([
  [undefined, [], true],
  [[], undefined, true],
  [undefined, {}, false],
  [{ a: [] }, {}, true],
  [{}, { a: [] }, true],
  [{ a: 1 }, {}, false],
  [{}, { a: 1 }, false],
  [[1], [1, 2], false],
  [{}, [], false],
  [null, [], false],
  ['1', 1, false],
])('PDS-P13 an absent list equals an empty one: %j and %j', (left, right, equal) => {
  expect(equalJson(left as Parameters<typeof equalJson>[0], right as Parameters<typeof equalJson>[1])).toBe(equal);
});
