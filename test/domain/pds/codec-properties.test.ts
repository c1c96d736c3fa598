/** Laws of the PDS codecs: what is stored is read back as it was, whatever it is. */
import fc from 'fast-check';
import type { Address } from 'fhir/r4';
import { describe, expect, test } from 'vitest';
import type { RecordView } from '../../../src/engine/record-kind.ts';
import { dropBlankLines, restoreBlankLines } from '../../../src/domain/pds/address-lines.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { Demographics } from '../../../src/domain/pds/demographics-state.ts';
import type { ImportedRecord } from '../../../src/domain/pds/import-demographics.ts';
import { importPatientGroup } from '../../../src/domain/pds/import-patient-group.ts';
import { itemId } from '../../../src/domain/pds/item-ids.ts';
import { cloneJson, equalJson, languageNameIn } from '../../../src/domain/pds/patch/json.ts';
import type { Json } from '../../../src/domain/pds/patch/json.ts';
import { parsePointer, sequenceIndex } from '../../../src/domain/pds/patch/json-pointer.ts';
import { pythonRepr, pythonStr, shownRepr, shownStr } from '../../../src/domain/pds/patch/python-text.ts';
import { relatedPersons } from '../../../src/domain/pds/related-persons.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import { agent, KEY, NOW, patient } from './people.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 30 });
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe('records', () => {
  test('SIM-12 a demographics record is the same after it was stored and read, and is stored the same again', () => {
    const resource = fc
      .record({ family: anyText, line: fc.array(anyText, { maxLength: 5 }), value: anyText })
      .map(({ family, line, value }) =>
        patient({
          name: [{ id: 'N1', use: 'usual', family }],
          address: [{ id: 'A1', use: 'home', line }],
          telecom: [{ id: 'T1', system: 'phone', value }],
        }),
      );
    const annex = fc.record(
      {
        status: fc.constantFrom('superseded' as const, 'invalidated' as const),
        supersededBy: anyText,
        confidentiality: fc.constantFrom('R' as const, 'V' as const, 'REDACTED' as const),
        consent: anyText,
        addressLines: fc.dictionary(
          fc.stringMatching(/^[A-Z0-9]{1,8}$/),
          fc.array(fc.option(anyText), { maxLength: 5 }),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(resource, annex, (resource, annex) => {
        const stored = demographics.encode({ resource, annex });
        const read = demographics.decode(stored);
        expect(read.annex).toEqual(JSON.parse(JSON.stringify(annex)));
        expect(read.resource).toEqual(JSON.parse(JSON.stringify(resource)));
        expect(demographics.encode(read)).toEqual(stored);
      }),
    );
  });

  test('SIM-12 address lines come back in their places after the blank ones were dropped', () => {
    const lines = fc.array(fc.oneof(fc.constant(''), fc.constant('  '), fc.stringMatching(/^[a-z]{1,5}$/)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 4 }), (all) => {
        const addresses: Address[] = all.map((line, at) => ({ id: `A${at}`, use: 'home', line }));
        const served = dropBlankLines(addresses);
        for (const { line } of served.address) expect(line?.every((text) => text.trim() !== '') ?? true).toBe(true);
        const restored = restoreBlankLines(served.address, served.lines);
        expect(restored.map(({ line }) => line)).toEqual(
          all.map((line) => line.map((text) => (text.trim() === '' ? null : text))),
        );
      }),
    );
  });

  test('SIM-12 ids of list items are eight upper-case hexadecimal digits, different for every place', () => {
    fc.assert(
      fc.property(fc.nat(4), fc.nat(255), fc.nat(4), fc.nat(255), (list, at, otherList, otherAt) => {
        expect(itemId(list, at, KEY)).toMatch(/^[0-9A-F]{8}$/);
        expect(itemId(list, at, KEY) === itemId(otherList, otherAt, KEY)).toBe(list === otherList && at === otherAt);
      }),
    );
  });

  test('SIM-12 whatever is imported is served, searched and stored again, or told why not, and never throws', () => {
    const coverage = {
      resourceType: 'Coverage',
      status: 'active',
      beneficiary: {},
      payor: [],
      period: { end: '2030-01-01' },
    };
    const related = {
      resourceType: 'RelatedPerson',
      id: 'R1',
      patient: {},
      name: [{ family: 'Quill' }],
      telecom: [{ value: '1' }],
    };
    const group = fc.tuple(
      spoiledIn(patient()),
      fc.array(fc.oneof(spoiledIn(coverage), spoiledIn(related)), { maxLength: 2 }),
    );
    let imports = 0;
    fc.assert(
      fc.property(group, ([first, others]) => {
        const imported = importPatientGroup([first, ...others]);
        if (typeof imported === 'string') {
          expect(imported).not.toBe('');
          return;
        }
        imports += 1;
        for (const record of imported) useRecord(record);
      }),
      { numRuns: 2_000 },
    );
    expect(imports).toBeGreaterThan(200);
  });
});

/** The object with one value somewhere in it replaced by any other. */
function spoiledIn(value: object): fc.Arbitrary<unknown> {
  const paths = pathsIn(value);
  return fc
    .tuple(fc.nat(paths.length), fc.oneof(json, fc.constantFrom<Json>(null, [], {}, [null], [{}], 'x', 7)))
    .map(([at, other]) => {
      const copy = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
      const path = paths[at];
      if (path === undefined) return copy;
      let inner: Record<string, unknown> = copy;
      for (const part of path.slice(0, -1)) inner = inner[part] as Record<string, unknown>;
      inner[path.at(-1) ?? ''] = other;
      return copy;
    });
}

function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[name], ...pathsIn(inner).map((path) => [name, ...path])]);
}

/** Everything that a stored record meets: searches, the national index, retrievals. */
function useRecord({ kind, key, version, body, annex }: ImportedRecord): void {
  const context = {
    key,
    now: NOW,
    agent: agent('user-restricted', { rights: ['return-empty-address-lines'] }),
    neighbour: () => null,
  };
  const owner = kind === demographics.name ? demographics : relatedPersons;
  const view = { key, version, body, annex, state: () => owner.decode({ body, annex }) };
  if (kind === demographics.name) {
    const state = demographics.decode({ body, annex });
    demographics.index?.(state);
    for (const name of ['get-patient', 'get-coverage', 'get-confidentiality', 'get-identity'] as const) {
      demographics.view(view as RecordView<Demographics>, { name }, context);
    }
    expect(demographics.encode(state).body).toBe(body);
  }
  expect(JSON.parse(body)).toBeTypeOf('object');
}

describe('patch texts and values', () => {
  test('SIM-12 a pointer made of parts is read as those parts', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (parts) => {
        const pointer = parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
        expect(parsePointer(pointer)).toEqual(parts);
      }),
    );
  });

  test('SIM-12 a place in a list is written in one way only', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), anyText, (place, other) => {
        expect(sequenceIndex(String(place))).toBe(place);
        const index = sequenceIndex(other);
        if (index !== null) expect(String(index)).toBe(other);
      }),
    );
  });

  test('SIM-12 a copy equals its original and shares nothing with it', () => {
    fc.assert(
      fc.property(json, json, (value, other) => {
        // No record has such members: a request that brings one is refused before anything is copied.
        fc.pre(languageNameIn(value) === null);
        const copy = cloneJson(value);
        expect(equalJson(copy, value)).toBe(true);
        expect(equalJson(value, other)).toBe(equalJson(other, value));
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  test('SIM-12 values are shown on one line of printable characters, and never at great length', () => {
    fc.assert(
      fc.property(fc.oneof(json, anyText), (value) => {
        expect(pythonRepr(value)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(shownRepr(value).length).toBeLessThanOrEqual(1_000);
        expect(shownStr(value).length).toBeLessThanOrEqual(1_000);
        if (typeof value === 'string') expect(pythonStr(value)).toBe(value);
      }),
    );
  });

  test('SIM-12 two texts are shown alike only when they are alike', () => {
    const tricky = fc.string({
      unit: fc.constantFrom('\\', "'", '"', '\n', '\u00a0', '\u2028', 'n', 'x', '0', 'é', '\u{1f600}', '\u007f'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(tricky, tricky, (a, b) => {
        expect(pythonRepr(a) === pythonRepr(b)).toBe(a === b);
      }),
      { numRuns: 500 },
    );
  });
});

describe('search parameters', () => {
  const parameter = fc.constantFrom(
    'family',
    'given',
    'gender',
    'birthdate',
    'death-date',
    'address-postalcode',
    'general-practitioner',
    'email',
    'phone',
    '_fuzzy-match',
    '_exact-match',
    '_history',
    '_max-results',
    'unknown',
    '__proto__',
  );
  const value = fc.oneof(
    anyText,
    fc.constantFrom(
      'Smith',
      'Sm*',
      'eq1980-01-02',
      'ge1980-01-02',
      'le1990-12-31',
      'female',
      'true',
      '5',
      'LS1 6AE',
      '**',
      '0',
      '-1',
      '1e3',
    ),
  );
  const params = fc.array(fc.tuple(parameter, value), { maxLength: 8 });

  test('SIM-12 any parameters give criteria within bounds or a refusal with a code', () => {
    fc.assert(
      fc.property(params, (pairs) => {
        const result = parseSearch(new URLSearchParams(pairs));
        if ('code' in result) {
          expect(result.code).toMatch(/^[A-Za-z_-]+$/);
          return;
        }
        expect(result.maxResults).toBeGreaterThanOrEqual(1);
        expect(result.maxResults).toBeLessThanOrEqual(50);
        expect(result.given.length).toBeLessThanOrEqual(10);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }),
      { numRuns: 2_000 },
    );
  });

  test('SIM-12 the order of different parameters does not matter', () => {
    const valid = fc.record({
      family: fc.constantFrom('Smith', 'Sm*th'),
      birthdate: fc.constantFrom('eq1980-01-02', 'ge1980-01-02'),
      gender: fc.constantFrom('male', 'female'),
    });
    fc.assert(
      fc.property(valid, (given) => {
        const pairs = Object.entries(given);
        expect(parseSearch(new URLSearchParams(pairs.toReversed()))).toEqual(parseSearch(new URLSearchParams(pairs)));
      }),
    );
  });
});
