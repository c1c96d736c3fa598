import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annexOf, annexText, isPlain } from '../../../src/domain/pds/annex-text.ts';
import type { DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import {
  CONFIDENTIAL_REMOVAL_REASON,
  EMPTY_ADDRESS_LINES,
  RECORD_SHARING,
  seenBy,
} from '../../../src/domain/pds/entitlements.ts';
import { notServed } from '../../../src/domain/pds/record-access.ts';
import { agent, patient, removal } from './people.ts';

const anyFact = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });

const annexes = fc
  .record({
    status: anyFact(fc.constantFrom('superseded' as const, 'invalidated' as const)),
    supersededBy: anyFact(fc.constant('9000000017')),
    mergeDepth: anyFact(fc.nat(3)),
    confidentiality: anyFact(fc.constantFrom('R' as const, 'V' as const, 'REDACTED' as const)),
    history: anyFact(fc.constant({ name: [] })),
    hidden: anyFact(fc.constant({ address: [] })),
    removalFromRegistration: anyFact(fc.constant(removal('AFN'))),
    consent: anyFact(fc.constantFrom('1', '2', '3', '5')),
    addressLines: anyFact(fc.constant({ '456': ['1 Trevelyan Square', null] })),
    birth: anyFact(fc.constant({ mother: '9000000025' })),
  })
  .map((facts) => JSON.parse(JSON.stringify(facts)) as DemographicsAnnex);

const agents = fc.record({
  mode: fc.constantFrom('user-restricted', 'privileged-application-restricted', 'patient-access', 'open'),
  rights: fc.subarray([EMPTY_ADDRESS_LINES, CONFIDENTIAL_REMOVAL_REASON, RECORD_SHARING]),
});

describe('the text of an annex', () => {
  test('PDS-G42 where it says that it concerns no reader, no reader is shown anything but the stored resource', () => {
    let plain = 0;
    fc.assert(
      fc.property(annexes, agents, (annex, { mode, rights }) => {
        if (!isPlain(annexText(annex))) return;
        plain++;
        const resource = patient();
        expect(notServed(annex)).toBeNull();
        expect(seenBy(agent(mode, { rights }), { resource, annex })).toBe(resource);
      }),
      { numRuns: 6_000 },
    );
    expect(plain).toBeGreaterThan(50);
  });

  test('PDS-G42 nothing is lost by writing and reading it, and it does not grow by being written again', () => {
    fc.assert(
      fc.property(annexes, (annex) => {
        const text = annexText(annex);
        expect(annexOf(text)).toEqual(annex);
        expect(annexText(annexOf(text))).toBe(text);
      }),
    );
  });

  test('PDS-G42 a text that does not say so is looked into', () => {
    expect(isPlain('{"history":{},"confidentiality":"R"}')).toBe(false);
    expect(isPlain('')).toBe(true);
  });
});
