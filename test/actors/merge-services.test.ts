/** One patient across PDS, summary, alerts and flags, over real actors: merging, dissent and death. */
import { beforeAll, describe, expect, test } from 'vitest';
import { deathNotice } from '../domain/pds/patch-fixture.ts';
import { alert } from '../routes/scr/requests.ts';
import { NRAF, FGM, adjustment, flag, transaction } from '../routes/flags/requests.ts';
import type { Any } from '../routes/flags/requests.ts';
import { NHS, summary } from '../domain/scr/summaries.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { ask, doors, load, numbersOn, person } from './spine.ts';

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

const SCR = '/summary-care-record/FHIR/R4';
const FLAGS = '/patient-flags-api/FHIR/R4';
const FHIR = { 'Content-Type': 'application/fhir+json', 'NHSD-Session-URID': '555254240100' };

const post = async (path: string, body: unknown): Promise<number> =>
  (await ask(path, { method: 'POST', body, headers: FHIR })).status;
const merge = async (from: string, into: string): Promise<number> =>
  post('/operator/merge', { from, into, requestId: crypto.randomUUID() });
const permit = (nhsNumber: string, code: string) =>
  post(`${SCR}/$setPermission`, {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'setPermissions',
        part: [
          { name: 'nhsNumber', valueString: nhsNumber },
          { name: 'permissionCode', valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission', code } },
        ],
      },
    ],
  });
const alertOn = (nhsNumber: string) => {
  const event = alert();
  event.agent[0].who.identifier.value = nhsNumber;
  return post(`${SCR}/AuditEvent`, event);
};
/** Who wrote the summary of an event id. */
const writers = new Map<string, string>();
const upload = (nhsNumber: string, text = 'short'): Promise<number> => {
  const eventId = crypto.randomUUID().toUpperCase();
  writers.set(eventId, nhsNumber);
  const sent = summary(eventId, nhsNumber);
  sent.get('Composition').section[1].text.div = `<div xmlns="http://www.w3.org/1999/xhtml"><p>${text}</p></div>`;
  return post(`${SCR}/Bundle`, sent.bundle);
};

/** What anybody sees of a number: of the summary who wrote it, the flags' codes, how many alerts. */
async function seen(nhsNumber: string): Promise<Any> {
  const get = (path: string) => ask(path, { headers: FHIR });
  const id = await get(`${SCR}/DocumentReference?patient=${NHS}|${nhsNumber}`);
  const told: Any = await id.json();
  const eventId: string = told.entry?.[0]?.resource.masterIdentifier?.value ?? '';
  const bundle: Any = await (
    await get(
      `${SCR}/Bundle?composition.identifier=${eventId}&composition.subject:Patient.identifier=${NHS}|${nhsNumber}`,
    )
  ).json();
  const flags: Any = await (await get(`${FLAGS}/Flag?patient=${nhsNumber}`)).json();
  const alerts = await alertsOf(nhsNumber);
  return {
    summary: bundle.total > 0 ? writers.get(eventId) : id.status,
    flags: (flags.entry ?? []).map(({ resource }: Any) => resource.code.coding[0].code).toSorted(),
    alerts,
  };
}

async function alertsOf(nhsNumber: string): Promise<number> {
  const options = { agent: { client: 't', mode: 'open', rights: [] }, requestId: 'r', purpose: 'sweep' as const };
  const outcome = await doors.patients.read('access-alerts', nhsNumber, { name: 'list-alerts' }, options);
  if (outcome.kind === 'moved') return alertsOf(outcome.key);
  return outcome.kind === 'replied' ? Number(outcome.attributes?.['total']) : -1;
}

describe.each(['other', 'same'] as const)('a merge with the survivor on %s shard', (place) => {
  async function twoChildren(): Promise<[string, string]> {
    const [from = '', into = ''] = numbersOn(place);
    const birthDate = '2020-02-29';
    await load(person(from, { birthDate }), person(into, { birthDate }));
    return [from, into];
  }

  test('PDS-M16 summary, alerts and flags come along and are found under either number', async () => {
    const [from, into] = await twoChildren();
    expect(await post(`${FLAGS}/`, transaction(flag(NRAF, into), adjustment(into)))).toBe(200);
    for (const number of [into, from]) expect([await upload(number), await alertOn(number)]).toEqual([201, 201]);
    expect(await post(`${FLAGS}/Flag`, flag(FGM, from))).toBe(201);
    expect(await seen(from)).toEqual({ summary: from, flags: [FGM], alerts: 1 });
    expect(await merge(from, into)).toBe(200);
    const both = { summary: from, flags: [FGM, NRAF].toSorted(), alerts: 2 };
    expect([await seen(from), await seen(into)]).toEqual([both, both]);
    // An alert is never refused: told about the old number, it is found under the survivor.
    expect(await alertOn(from)).toBe(201);
    expect([await alertsOf(from), await alertsOf(into)]).toEqual([3, 3]);
  });

  test('PDS-M16 a summary as large as a row holds goes along', async () => {
    const [from, into] = await twoChildren();
    expect([await upload(from, 'x "quoted" '.repeat(18_000)), await upload(into, 'é'.repeat(90_000))]).toEqual([
      201, 201,
    ]);
    expect(await merge(from, into)).toBe(200);
    expect((await seen(into)).summary).toBe(into);
  });

  test('PDS-M16 dissent under either number is dissent afterwards', async () => {
    const [from, into] = await twoChildren();
    expect([await upload(into), await permit(into, 'Yes'), await permit(from, 'No')]).toEqual([201, 201, 201]);
    expect((await seen(into)).summary).toBe(into);
    expect(await merge(from, into)).toBe(200);
    expect([(await seen(from)).summary, (await seen(into)).summary]).toEqual([403, 403]);
    expect(await upload(into)).toBe(403);
  });

  test('PDS-M17 while merges run, whoever asks under the old number never misses what it held', async () => {
    for (let round = 0; round < 5; round++) {
      const [from, into] = await twoChildren();
      expect([await upload(from), await post(`${FLAGS}/Flag`, flag(FGM, from)), await alertOn(from)]).toEqual([
        201, 201, 201,
      ]);
      const progress = { over: false };
      const running = merge(from, into).then((status) => {
        progress.over = true;
        return status;
      });
      while (!progress.over) expect(await seen(from)).toEqual({ summary: from, flags: [FGM], alerts: 1 });
      expect(await running).toBe(200);
      expect(await seen(into)).toEqual({ summary: from, flags: [FGM], alerts: 1 });
    }
  }, 60_000);
});

test('FLG-C04 death told to PDS: no new flag, the old one and the summary stay, dissent too', async () => {
  const [nhsNumber = ''] = numbersOn();
  await load(person(nhsNumber, { birthDate: '2020-02-29' }));
  expect([await upload(nhsNumber), await post(`${FLAGS}/Flag`, flag(NRAF, nhsNumber))]).toEqual([201, 201]);
  const notice = deathNotice('1');
  const death = await ask(`/Patient/${nhsNumber}`, {
    method: 'PATCH',
    headers: { 'If-Match': 'W/"1"', 'Content-Type': 'application/json-patch+json' },
    body: {
      patches: [
        { op: 'add', path: '/deceasedDateTime', value: '2026-01-02T00:00:00+00:00' },
        { op: 'add', path: '/extension/-', value: notice },
      ],
    },
  });
  expect([death.status, await death.text()]).toEqual([200, expect.stringContaining('deceasedDateTime')]);
  expect(await post(`${FLAGS}/Flag`, flag(FGM, nhsNumber))).toBe(403);
  expect(await seen(nhsNumber)).toMatchObject({ summary: nhsNumber, flags: [NRAF] });
  expect(await permit(nhsNumber, 'No')).toBe(201);
  expect((await seen(nhsNumber)).summary).toBe(403);
});
