/** Merging over real actors: what readers, searches and updates meet under either number, before, during and after. */
import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { spine } from '../support/engine.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { ask, load, numbersOn, patching, patient, person, shardOfNumber } from './spine.ts';

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

const UK = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const pharmacy = {
  url: `${UK}NominatedPharmacy`,
  valueReference: { identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'FA001' } },
};
const related = (id: string) => ({
  resourceType: 'RelatedPerson',
  id,
  active: true,
  patient: { type: 'Patient' },
  relationship: [{ coding: [{ system: 'x', code: 'MTH' }] }],
});

const merge = (from: string, into: string, requestId = crypto.randomUUID()) =>
  ask('/operator/merge', { method: 'POST', body: { from, into, requestId } });
const settle = async () => {
  for (let shard = 0; shard < 8; shard++) await spine.PATIENT_SHARD.getByName(String(shard)).settle();
};
const found = async (family: string): Promise<string[]> => {
  const result = (await (await ask(`/Patient?family=${family}&birthdate=eq1980-02-29`)).json()) as {
    entry?: { resource: { id: string } }[];
  };
  return (result.entry ?? []).map(({ resource }) => resource.id);
};

describe.each(['other', 'same'] as const)('a merge with the survivor on %s shard', (place) => {
  async function twoRecords(): Promise<[string, string]> {
    const [from = '', into = ''] = numbersOn(place);
    await load(
      person(from, {
        extension: [pharmacy],
        name: [{ id: 'N9', use: 'usual', given: ['Mina'], family: `Lost${from.slice(-4)}` }],
      }),
      related(`R${from.slice(-4)}`),
      person(into),
    );
    return [from, into];
  }

  test('PDS-M12 readers of the old number get the retained record with what moved to it', async () => {
    const [from, into] = await twoRecords();
    const response = await merge(from, into);
    expect([response.status, await response.json()]).toEqual([200, { from, into, versions: { from: 2, into: 2 } }]);
    expect(await patient(from)).toEqual(await patient(into));
    expect(await patient(into)).toMatchObject({ id: into, meta: { versionId: '2' }, extension: [pharmacy] });
    for (const number of [from, into]) {
      const people = (await (await ask(`/Patient/${number}/RelatedPerson`)).json()) as {
        total: number;
        entry: { fullUrl: string }[];
      };
      expect(people.total).toBe(1);
      expect(people.entry[0]?.fullUrl).toContain(`/Patient/${into}/RelatedPerson/`);
    }
    const change = patching(from, 2);
    const refused = await ask(`/Patient/${from}`, {
      method: 'PATCH',
      body: change.resource,
      headers: { 'If-Match': 'W/"2"' },
    });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining('has been superseded in a merge'),
    ]);
  });

  test('PDS-M13 searches find the retained record alone, also by the former name in the history', async () => {
    const [from, into] = await twoRecords();
    await settle();
    const [lost, kept] = [`Lost${from.slice(-4)}`, `Harker${into.slice(-4)}`];
    expect(await found(lost)).toEqual([from]);
    await merge(from, into);
    expect(await found(lost)).toEqual([]);
    await settle();
    expect([await found(lost), await found(kept)]).toEqual([[], [into]]);
    const tokens = await bound.NATIONAL_0.prepare(`SELECT count(*) AS n FROM patient_token WHERE nhs_number = ?`)
      .bind(from)
      .first<{ n: number }>();
    expect(tokens?.n).toBe(0);
    expect(await found(`${lost}&_history=true`)).toEqual([into]);
  });

  test('PDS-M14 a repeat gets the first answer; another wish under its id, a second merge and a merge back are refused', async () => {
    const [from, into] = await twoRecords();
    const requestId = crypto.randomUUID();
    const first = await (await merge(from, into, requestId)).text();
    const repeated = await Promise.all([1, 2, 3].map(async () => (await merge(from, into, requestId)).text()));
    expect(repeated).toEqual([first, first, first]);
    expect((await merge(into, from, requestId)).status).toBe(409);
    expect((await merge(from, into)).status).toBe(409);
    expect((await merge(into, from)).status).toBe(409);
    expect((await patient(into)).meta?.versionId).toBe('2');
    const [unknown = ''] = numbersOn();
    expect([(await merge(unknown, into)).status, (await merge(into, unknown)).status]).toEqual([404, 404]);
  });

  test('PDS-M15 the journals of both numbers name the operator', async () => {
    const [from, into] = await twoRecords();
    await merge(from, into);
    for (const [number, action] of [
      [from, 'supersede'],
      [into, 'absorb'],
    ] as const) {
      const stub = spine.PATIENT_SHARD.getByName(String(shardOfNumber(number)));
      const entry = await runInDurableObject(
        stub,
        (_instance, state) =>
          state.storage.sql
            .exec<{ entry: string }>(
              `SELECT entry FROM journal WHERE key = ? AND kind = 'demographics' ORDER BY seq DESC LIMIT 1`,
              number,
            )
            .one().entry,
      );
      expect(JSON.parse(entry)).toMatchObject({ action, agent: { client: 'operator', mode: 'operator' } });
    }
  });
});

test('PDS-M12 while merges run, whoever follows the old number never meets a survivor that lacks what moved', async () => {
  for (let round = 0; round < 10; round++) {
    const [from = '', into = ''] = numbersOn('other');
    await load(person(from, { extension: [pharmacy] }), person(into));
    const progress = { over: false };
    const running = merge(from, into).then(({ status }) => {
      progress.over = true;
      return status;
    });
    while (!progress.over) {
      const seen = await patient(from);
      expect([[from, into].includes(seen.id ?? ''), seen.extension]).toEqual([true, [pharmacy]]);
    }
    expect(await running).toBe(200);
  }
}, 20_000);

test('PDS-M12 of rival merges of one number into two, one happens', async () => {
  const [from = '', one = '', two = ''] = numbersOn('other', 'other');
  await load(person(from), person(one), person(two));
  const statuses = (await Promise.all([merge(from, one), merge(from, two)])).map(({ status }) => status);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409]);
  const survivors = [await patient(one), await patient(two)].filter(({ meta }) => meta?.versionId === '2');
  expect(survivors.map(({ id }) => id)).toEqual([(await patient(from)).id]);
});
