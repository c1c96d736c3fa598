import { describe, expect, test } from 'vitest';
import type { Coverage } from 'fhir/r4';
import { checkCoverage } from '../../../src/domain/pds/coverage.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import { agent, decisionContext, KEY, OTHER, patient, stored, viewContext } from './people.ts';

const mine = agent('patient-access', { subject: KEY });

/** A card; a change of `undefined` takes the member away. */
function card(changes: Readonly<Record<string, unknown>> = {}): Coverage {
  const body = {
    resourceType: 'Coverage',
    identifier: [{ value: 'DE123', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'DEU' } } }],
    status: 'active',
    type: { coding: [{ code: 'EHIC' }] },
    beneficiary: { identifier: { value: '1029384756' } },
    period: { end: '2030-12-31' },
    payor: [{ identifier: { value: "01071 - CPAM de l'ARDECH" } }],
    subscriber: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: KEY } },
    ...changes,
  };
  return JSON.parse(JSON.stringify(body)) as Coverage;
}

const told = (body: unknown): string => {
  const refusal = checkCoverage(body);
  return refusal === null ? 'accepted' : `${refusal.code}: ${refusal.diagnostics}`;
};
const issuedBy = (value: unknown) =>
  card({ identifier: [{ value: '1', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value } } }] });

describe('the body', () => {
  test('PDS-V01 a complete card is accepted', () => expect(told(card())).toBe('accepted'));

  test.each([
    [card({ beneficiary: { identifier: {} } }), 'beneficiary/identifier/value'],
    [
      card({ identifier: [{ assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'DEU' } } }] }),
      'identifier/0/value',
    ],
    [card({ status: undefined }), 'status'],
    [card({ period: undefined }), 'period'],
    [card({ period: {} }), 'period/end'],
    [card({ subscriber: { identifier: {} } }), 'subscriber/identifier/value'],
    [card({ identifier: undefined, status: undefined }), 'identifier'],
    [card({ payor: undefined }), 'payor'],
  ])('PDS-V01 %#: missing %s', (body, path) => expect(told(body)).toBe(`MISSING_VALUE: Missing value - '${path}'`));

  test.each([
    [card({ status: 'Expired' }), "'Expired' in field 'status'"],
    [card({ payor: [{ identifier: { value: '' } }] }), "'' in field 'payor/0/identifier/value'"],
    [
      card({ payor: [{ identifier: { value: 'x'.repeat(31) } }] }),
      `'${'x'.repeat(31)}' in field 'payor/0/identifier/value'`,
    ],
    [
      card({ beneficiary: { identifier: { value: 'x'.repeat(26) } } }),
      `'${'x'.repeat(26)}' in field 'beneficiary/identifier/value'`,
    ],
    [card({ beneficiary: { identifier: { value: 'a_b' } } }), "'a_b' in field 'beneficiary/identifier/value'"],
    [card({ period: { end: '31-12-2030' } }), "'31-12-2030' in field 'period/end'"],
    [
      card({ subscriber: { identifier: { value: '9990000019' } } }),
      "'9990000019' in field 'subscriber/identifier/value'",
    ],
    [card({ subscriber: { identifier: { value: '123' } } }), "'123' in field 'subscriber/identifier/value'"],
    [issuedBy('Germany'), "'Germany' in field 'identifier/0/assigner/identifier/value'"],
  ])('PDS-V02 %#: invalid %s', (body, text) => expect(told(body)).toBe(`INVALID_VALUE: Invalid value - ${text}`));

  test('PDS-V02 a country code that ISO does not assign is accepted', () =>
    expect(told(issuedBy('FAU'))).toBe('accepted'));

  test('PDS-V03 one institution', () => {
    const payor = [{ identifier: { value: 'DE98765' } }, { identifier: { value: 'FR98765' } }];
    expect(told(card({ payor }))).toBe(
      "TOO_MANY_VALUES_SUBMITTED: Too many values submitted - [{'identifier': {'value': 'DE98765'}}, {'identifier': {'value': 'FR98765'}}] in field 'payor'",
    );
  });
});

describe('the update', () => {
  const context = decisionContext({ version: 3, nextVersion: 4, agent: mine });
  const state = (annex: DemographicsAnnex = {}) => ({ resource: patient(), annex });
  const update = (annex: DemographicsAnnex = {}, coverage = card()) =>
    demographics.decide(state(annex), { name: 'update-coverage', coverage }, context);
  const guard = (before: ReturnType<typeof state> | null, coverage = card(), by = mine) =>
    demographics.guard?.(before, { name: 'update-coverage', coverage }, decisionContext({ agent: by }));

  test('PDS-V06 moves the version of the patient', () => {
    const decision = update();
    if (decision.kind !== 'accepted') throw new Error('refused');
    expect(decision.state.resource).toEqual({ ...patient(), meta: { ...patient().meta, versionId: '4' } });
    expect(decision.reply.attributes).toEqual({ versionId: '4' });
  });

  test('PDS-V05 answers the card with the country and the types, without its own type', () => {
    const decision = update();
    const [served] = decision.kind === 'accepted' ? (JSON.parse(decision.reply.body) as Coverage[]) : [];
    expect(served).toEqual({
      resourceType: 'Coverage',
      identifier: [
        {
          value: 'DE123',
          assigner: { display: 'Germany', identifier: { system: 'urn:iso:std:iso:3166', value: 'DEU' } },
        },
      ],
      status: 'active',
      beneficiary: { identifier: { value: '1029384756' }, type: 'Patient' },
      payor: [{ identifier: { value: "01071 - CPAM de l'ARDECH" } }],
      period: { end: '2030-12-31' },
      subscriber: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: KEY }, type: 'Patient' },
    });
  });

  test('PDS-V05 an unassigned code has no display', () => {
    const decision = update({}, issuedBy('FAU'));
    const [served] = decision.kind === 'accepted' ? (JSON.parse(decision.reply.body) as Coverage[]) : [];
    expect(served?.identifier?.[0]?.assigner).toEqual({ identifier: { system: 'urn:iso:std:iso:3166', value: 'FAU' } });
  });

  test('PDS-V07 replaces any card there was, hidden or not; the rest of the annex stays', () => {
    const decision = update({ coverage: card({ status: 'old' }), hiddenCoverage: card(), consent: '1' });
    if (decision.kind !== 'accepted') throw new Error('refused');
    expect(decision.state.annex).toEqual({
      consent: '1',
      coverage: (JSON.parse(decision.reply.body) as Coverage[])[0],
    });
  });

  test.each([
    ['1860-12-15', false],
    ['1876-03-01', false],
    ['1876-03-02', true],
    ['2176-02-29', true],
    ['2176-03-01', false],
  ])('PDS-V04 an end within 150 years of today: %s', (end, plausible) => {
    const refusal = {
      kind: 'refused',
      code: 'INVALID_VALUE',
      diagnostics: `Invalid value - '${end}' in field 'period/end'`,
    };
    expect(guard(state(), card({ period: { end } }))).toEqual(plausible ? null : refusal);
  });

  test.each([
    ['unknown', null, 'RESOURCE_NOT_FOUND', undefined],
    ['invalidated', { status: 'invalidated' }, 'INVALIDATED_RESOURCE', undefined],
    [
      'superseded',
      { status: 'superseded', supersededBy: OTHER },
      'FORBIDDEN_UPDATE',
      'Forbidden update with error - Update Failed - NHS No. supplied has been superseded in a merge',
    ],
  ] as const)('PDS-V09 before the version: %s', (_why, annex, code, diagnostics) => {
    const refusal = diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };
    expect(guard(annex === null ? null : state(annex))).toEqual(refusal);
  });

  test('PDS-V10 a patient updates the own record only', () => {
    expect(guard(state(), card(), agent('patient-access', { subject: OTHER }))).toMatchObject({
      code: 'PATIENT_ACCESS_DENIED',
    });
    expect(guard(state(), card(), agent('open'))).toBeNull();
  });
});

describe('the retrieval', () => {
  const get = (annex: DemographicsAnnex = {}) =>
    demographics.view(stored(patient(), annex), { name: 'get-coverage' }, viewContext({ agent: mine }));
  const none = { kind: 'found', body: '[]', attributes: { versionId: '3' } };

  test('PDS-V08 the card, and the version of the patient', () => {
    expect(get({ coverage: card() })).toEqual({
      kind: 'found',
      body: JSON.stringify([card()]),
      attributes: { versionId: '3' },
    });
  });

  test.each([
    ['no card', {}],
    ['something else beside the body', { consent: '1' }],
    ['hidden', { hiddenCoverage: card() }],
    ['without the number of the holder', { coverage: card({ beneficiary: { identifier: {} } }) }],
    ['without the number of the institution', { coverage: card({ payor: [{ identifier: {} }] }) }],
    ['without any institution', { coverage: card({ payor: undefined }) }],
  ])('PDS-V08 none to show, the version still told: %s', (_why, annex) => expect(get(annex)).toEqual(none));

  test('PDS-V09 of a superseded number the retained record is asked', () => {
    expect(get({ status: 'superseded', supersededBy: OTHER, coverage: card() })).toEqual({ kind: 'moved', key: OTHER });
    expect(get({ status: 'invalidated', coverage: card() })).toMatchObject({ code: 'INVALIDATED_RESOURCE' });
    expect(demographics.view(null, { name: 'get-coverage' }, viewContext({ agent: mine }))).toMatchObject({
      code: 'RESOURCE_NOT_FOUND',
    });
  });
});
