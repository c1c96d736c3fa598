/** Merging two NHS numbers: what each side becomes, what moves, who may, and what is refused. */
import { describe, expect, test } from 'vitest';
import type { RelatedPerson } from 'fhir/r4';
import type { DecisionContext } from '../../../src/engine/record-kind.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { Demographics, DemographicsAnnex, PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { readMerge } from '../../../src/domain/pds/merge-patients.ts';
import type { AbsorbPatient, SupersedePatient } from '../../../src/domain/pds/merge-patients.ts';
import { relatedPersons } from '../../../src/domain/pds/related-persons.ts';
import { nhsNumberIdentifier, security } from '../../../src/domain/pds/patient-parts.ts';
import {
  agent,
  birthPlace,
  decisionContext,
  death,
  dispenser,
  KEY,
  OTHER,
  patient,
  pharmacy,
  stored,
  supplier,
  viewContext,
} from './people.ts';

const operator = agent('operator', { client: 'operator' });
const at = (key: string, version: number, changes: Partial<DecisionContext> = {}) =>
  decisionContext({ key, version, nextVersion: version + 1, agent: operator, ...changes });

/** The record that is merged away: another name, address, phone, gender and birth date. */
const former = (resource: Partial<PdsPatient> = {}, annex: DemographicsAnnex = {}): Demographics => ({
  resource: {
    resourceType: 'Patient',
    id: OTHER,
    identifier: [nhsNumberIdentifier(OTHER)],
    meta: { versionId: '7', security: [security('U')] },
    name: [{ id: 'X1', use: 'usual', given: ['Adah'], family: 'Murray' }],
    gender: 'unknown',
    birthDate: '1971-05-27',
    telecom: [{ id: 'X2', system: 'phone', value: '01632960099', use: 'home' }],
    address: [{ id: 'X3', use: 'home', line: ['1 Old Row', 'HULL'], postalCode: 'HU1 1AA' }],
    ...resource,
  },
  annex,
});
const survivor = (resource: Partial<PdsPatient> = {}, annex: DemographicsAnnex = {}): Demographics => ({
  resource: patient(resource),
  annex,
});

const absorb = (lost = former()): AbsorbPatient => ({ name: 'absorb', from: OTHER, former: lost });
const supersede: SupersedePatient = { name: 'supersede', by: KEY };

function absorbedBy(kept: Demographics, lost: Demographics): Demographics {
  const decision = demographics.decide(kept, absorb(lost), at(KEY, 3));
  if (decision.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(decision)}`);
  return decision.state;
}

describe('the losing number', () => {
  test('PDS-M01 is superseded in its next version, keeps what it held, and leads on', () => {
    const decision = demographics.decide(former(), supersede, at(OTHER, 7));
    expect(decision).toMatchObject({ kind: 'accepted', reply: { body: OTHER }, outbox: [] });
    if (decision.kind !== 'accepted') return;
    const { resource, annex } = decision.state;
    expect(annex).toEqual({ status: 'superseded', supersededBy: KEY });
    expect(resource).toEqual({ ...former().resource, meta: { ...former().resource.meta, versionId: '8' } });
    const view = demographics.view(stored(resource, annex), { name: 'get-patient' }, viewContext({ key: OTHER }));
    expect(view).toEqual({ kind: 'moved', key: KEY });
    expect(demographics.index?.(decision.state)).toBeNull();
  });

  test('PDS-M02 cannot be updated any more', () => {
    const gone = former({}, { status: 'superseded', supersededBy: KEY });
    const refusal = demographics.guard?.(
      gone,
      { name: 'patch-patient', patches: [{}] },
      decisionContext({ key: OTHER }),
    );
    expect(refusal).toMatchObject({
      code: 'FORBIDDEN_UPDATE',
      diagnostics: expect.stringContaining('has been superseded in a merge') as string,
    });
  });
});

describe('the surviving record', () => {
  test('PDS-M03 keeps its own values and can be found by those of the other', () => {
    const state = absorbedBy(survivor(), former({}, { history: { name: [{ family: 'Westenra' }], gender: ['male'] } }));
    expect(state.resource).toEqual({ ...patient(), meta: { ...patient().meta, versionId: '4' } });
    expect(state.annex.history).toEqual({
      name: [{ family: 'Westenra' }, { given: ['Adah'], family: 'Murray' }],
      address: [{ postalCode: 'HU1 1AA' }],
      telecom: [{ system: 'phone', value: '01632960099' }],
      gender: ['male', 'unknown'],
      birthDate: ['1971-05-27'],
    });
    const tokens = demographics.index?.(state)?.tokens ?? [];
    expect(tokens.some((token) => token.toUpperCase() === 'F:MURRAY')).toBe(true);
  });

  test('PDS-M03 what both knew, or was known before, is not kept twice', () => {
    const same = former({
      name: [{ id: 'Z', use: 'usual', period: { start: '1999-01-01' }, given: ['Ada', 'Jo'], family: 'Harker' }],
      gender: 'female',
      birthDate: '1971-05-26',
    });
    const known = survivor(
      {},
      { history: { address: [{ id: 'H', use: 'home', line: ['1 Old Row', 'HULL'], postalCode: 'HU1 1AA' }] } },
    );
    const { history } = absorbedBy(known, same).annex;
    expect([history?.name, history?.gender, history?.birthDate, history?.address?.length]).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
  });

  test('PDS-M03 all that is new comes along where much was known before', () => {
    const phone = (value: string) => ({ system: 'phone' as const, value });
    const many = Array.from({ length: 10 }, (_, index) => phone(`016329600${index + 10}`));
    const more = Array.from({ length: 4 }, (_, index) => phone(`016329601${index + 10}`));
    const state = absorbedBy(survivor({}, { history: { telecom: many } }), former({ telecom: more }));
    expect(state.annex.history?.telecom).toEqual([...many, ...more].slice(-12));
  });

  test('PDS-M04 nominations move where it has none of their kind, in their usual order', () => {
    const own = survivor({ extension: [dispenser, death('1'), birthPlace] });
    const lost = former({
      extension: [supplier, { ...dispenser, valueReference: { display: 'another' } }, pharmacy, death('2')],
    });
    expect(absorbedBy(own, lost).resource.extension).toEqual([pharmacy, dispenser, supplier, death('1'), birthPlace]);
    expect(absorbedBy(survivor({ extension: [] }), former({ extension: [birthPlace] })).resource.extension).toEqual([]);
  });

  test('PDS-M05 the insurance card and the sharing consent move where it has none', () => {
    const card = { resourceType: 'Coverage' as const, status: 'active' as const, beneficiary: {}, payor: [] };
    const lost = former({}, { coverage: card, consent: '2' });
    expect(absorbedBy(survivor(), lost).annex).toMatchObject({ coverage: card, consent: '2' });
    const own = { ...card, id: 'own' };
    expect(absorbedBy(survivor({}, { coverage: own, consent: '1' }), lost).annex).toMatchObject({
      coverage: own,
      consent: '1',
    });
    expect(absorbedBy(survivor({}, { hiddenCoverage: own }), lost).annex).not.toHaveProperty('coverage');
  });

  test.each([
    [undefined, 'R', 'R'],
    ['R', undefined, 'R'],
    ['R', 'V', 'V'],
    ['V', 'R', 'V'],
  ] as const)('PDS-M07 protection %s and %s make %s', (own, others, both) => {
    const label = (code?: 'R' | 'V'): DemographicsAnnex => (code === undefined ? {} : { confidentiality: code });
    const state = absorbedBy(
      survivor({ meta: { versionId: '3', security: [security(own ?? 'U')] } }, label(own)),
      former({}, label(others)),
    );
    expect(state.annex.confidentiality).toBe(both);
    expect(state.resource.meta?.security).toEqual([security(both)]);
  });
});

describe('related persons', () => {
  const person: RelatedPerson = { resourceType: 'RelatedPerson', id: 'P1', patient: {}, active: true };

  test('PDS-M06 come along with the merge; who has none takes nothing over', () => {
    const keys = { from: OTHER, into: KEY };
    expect(demographics.handOver(former(), keys)).toEqual({ absorb: absorb(), retire: supersede });
    expect(demographics.handOver(null, keys)).toEqual({ absorb: null, retire: supersede });
    const persons = { resources: [person] };
    const retire = { name: 'retire-persons' };
    expect(relatedPersons.handOver(persons, keys)).toEqual({ absorb: { name: 'take-over', persons }, retire });
    for (const none of [null, { resources: [] }])
      expect(relatedPersons.handOver(none, keys)).toEqual({ absorb: null, retire });
  });

  test('PDS-M06 a list of the survivor is not overwritten; the superseded one stays as it was', () => {
    const persons = { resources: [person], addressLines: { P1: [null, 'x'] } };
    const take = { name: 'take-over', persons } as const;
    expect(relatedPersons.decide(null, take, at(KEY, 0))).toMatchObject({ kind: 'accepted', state: persons });
    expect(relatedPersons.decide({ resources: [] }, take, at(KEY, 3))).toMatchObject({
      kind: 'accepted',
      state: persons,
    });
    expect(relatedPersons.decide({ resources: [person] }, take, at(KEY, 1))).toMatchObject({ kind: 'unchanged' });
    expect(relatedPersons.decide(persons, { name: 'retire-persons' }, at(OTHER, 2))).toMatchObject({
      kind: 'unchanged',
    });
  });
});

describe('refusals', () => {
  const fates: readonly (readonly [string, Demographics | null, string])[] = [
    ['unknown', null, 'RESOURCE_NOT_FOUND'],
    ['superseded before', former({}, { status: 'superseded', supersededBy: '9990000034' }), 'FORBIDDEN_UPDATE'],
    ['invalidated', former({}, { status: 'invalidated', confidentiality: 'REDACTED' }), 'INVALIDATED_RESOURCE'],
    ['redacted', former({}, { confidentiality: 'REDACTED' }), 'INVALIDATED_RESOURCE'],
  ];

  test.each(fates)('PDS-M08 neither side may be %s', (_name, state, code) => {
    expect(demographics.guard?.(state, supersede, at(OTHER, 7))).toMatchObject({ kind: 'refused', code });
    expect(demographics.decide(state, supersede, at(OTHER, 7))).toMatchObject({ kind: 'refused', code });
    expect(demographics.guard?.(state, absorb(), at(KEY, 7))).toMatchObject({ kind: 'refused', code });
  });

  test('PDS-M08 a merge back is refused, so references never go round', () => {
    const gone = former({}, { status: 'superseded', supersededBy: KEY });
    expect(demographics.decide(gone, { name: 'absorb', from: KEY, former: survivor() }, at(OTHER, 8))).toMatchObject({
      code: 'FORBIDDEN_UPDATE',
    });
    expect(demographics.decide(survivor(), { name: 'supersede', by: KEY }, at(KEY, 3))).toMatchObject({
      code: 'FORBIDDEN_UPDATE',
    });
  });

  test('PDS-M09 a chain of merges is no longer than a reader follows', () => {
    const deep = (mergeDepth: number) =>
      demographics.decide(survivor(), absorb(former({}, { mergeDepth })), at(KEY, 3));
    expect(deep(3)).toMatchObject({ kind: 'accepted', state: { annex: { mergeDepth: 4 } } });
    expect(deep(4)).toMatchObject({ kind: 'refused', code: 'FORBIDDEN_UPDATE' });
  });

  test.each(['user-restricted', 'privileged-application-restricted', 'patient-access', 'open'])(
    'PDS-M10 nobody in mode %s merges',
    (mode) => {
      const others = at(OTHER, 7, { agent: agent(mode, { subject: OTHER }) });
      expect(demographics.guard?.(former(), supersede, others)).toMatchObject({ code: 'ACCESS_DENIED' });
      expect(demographics.decide(survivor(), absorb(), others)).toMatchObject({ code: 'ACCESS_DENIED' });
    },
  );

  test.each([
    [null],
    [[]],
    ['x'],
    [{}],
    [{ from: OTHER, into: KEY }],
    [{ from: OTHER, into: OTHER, requestId: 'r' }],
    [{ from: '9990000019', into: KEY, requestId: 'r' }],
    [{ from: OTHER, into: 5, requestId: 'r' }],
    [{ from: OTHER, into: KEY, requestId: '' }],
    [{ from: OTHER, into: KEY, requestId: 'a b' }],
  ])('PDS-M11 %j asks for no merge', (body) => {
    expect(readMerge(body)).toBeTypeOf('string');
    expect(readMerge({ from: OTHER, into: KEY, requestId: 'r' })).toEqual({
      kind: 'merge',
      from: OTHER,
      into: KEY,
      requestId: 'r',
    });
  });
});
