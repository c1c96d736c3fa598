import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { Demographics, PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { agent, decisionContext, KEY, OTHER, patient } from './people.ts';

const updated = decisionContext({ version: 3, nextVersion: 4 });
const female = { name: 'patch-patient', patches: [{ op: 'replace', path: '/gender', value: 'male' }] } as const;

describe('what is stored', () => {
  test('PDS-G30 a body that was stored is encoded byte for byte', () => {
    const key = fc.string().filter((name) => name !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (members) => {
        const stored = demographics.encode({ resource: members as unknown as PdsPatient, annex: {} });
        expect(demographics.encode(demographics.decode(stored))).toEqual(stored);
      }),
    );
  });

  test.each([
    [{}, ''],
    [{ consent: '1' }, '{"consent":"1"}'],
    [{ status: 'superseded', supersededBy: OTHER }, `{"status":"superseded","supersededBy":"${OTHER}"}`],
  ] as const)('PDS-G30 the annex of %j is %s', (annex, text) => {
    const stored = demographics.encode({ resource: patient(), annex });
    expect(stored.annex).toBe(text);
    expect(demographics.decode(stored)).toEqual({ resource: patient(), annex });
  });

  test('PDS-G30 a change of the annex alone leaves the body', () => {
    const state: Demographics = { resource: patient(), annex: {} };
    expect(demographics.encode({ ...state, annex: { consent: '2' } }).body).toBe(demographics.encode(state).body);
  });
});

describe('the answer to an update', () => {
  test('PDS-G31 is the stored text itself', () => {
    const decision = demographics.decide({ resource: patient(), annex: { consent: '1' } }, female, updated);
    if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision));
    expect(decision.reply.body).toBe(demographics.encode(decision.state).body);
    expect(JSON.parse(decision.reply.body)).toMatchObject({ gender: 'male', meta: { versionId: '4' } });
  });

  test('PDS-G31 shows entitled systems what a retrieval would', () => {
    const by = agent('user-restricted', { rights: ['return-empty-address-lines'] });
    const annex = { addressLines: { A1: ['4 The Crescent', null, null, 'WHITBY'] } };
    const decision = demographics.decide({ resource: patient(), annex }, female, { ...updated, agent: by });
    if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision));
    expect(decision.reply.body).toContain('["4 The Crescent",null,null,"WHITBY"]');
    expect(demographics.encode(decision.state).body).not.toContain('null');
  });

  test('PDS-G31 a refusal stays a refusal', () => {
    const decision = demographics.decide(
      { resource: patient(), annex: {} },
      { name: 'patch-patient', patches: [] },
      updated,
    );
    expect(decision.kind).toBe('refused');
    expect(demographics.decide(null, female, updated)).toEqual({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
  });
});

describe('who may update', () => {
  test('PDS-G12 a patient patches the own record only, before anything else is looked at', () => {
    const stranger = decisionContext({ agent: agent('patient-access', { subject: OTHER }) });
    const own = decisionContext({ agent: agent('patient-access', { subject: KEY }) });
    expect(demographics.guard?.(null, female, stranger)).toMatchObject({ code: 'PATIENT_ACCESS_DENIED' });
    expect(demographics.guard?.(null, female, own)).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
  });
});

test('PDS-G32 only living records are found across shards', () => {
  expect(demographics.index?.({ resource: patient(), annex: {} })?.partition).toBe('1971-05-26');
  expect(
    demographics.index?.({ resource: patient(), annex: { status: 'superseded', supersededBy: OTHER } }),
  ).toBeNull();
});
