/** The access decision within the patient's shard: what it stops, what it lets through, and whom it tells. */
import { beforeEach, describe, expect, test } from 'vitest';
import { AcfHouse } from '../../support/acf-house.ts';
import type { Member } from '../../support/acf-house.ts';
import type { Wire } from '../../support/record-spine.ts';
import { summary } from '../../domain/scr/summaries.ts';
import { BASE, DISSENT, ID, bundleOf, idOf, permit } from '../scr/requests.ts';

const PATIENT = '9000000009';
const ACF = `//access-control/v1/patients/${PATIENT}`;
const FLAG = `//patient-flags-api/FHIR/R4/Flag?patient=${PATIENT}`;
const PRACTICE = { generalPractitioner: [{ id: 'gp', identifier: { system: 's', value: 'A20047' } }] };

const gp: Member = { uid: '600000000001', organization: 'A20047', workgroups: ['WG1'] };
const stranger: Member = { uid: '600000000002', organization: 'RBA' };
const colleague: Member = { uid: '600000000003', organization: 'RBA' };
const clerk: Member = { uid: '600000000004', organization: 'A20047', activities: ['B0820'] };

let house: AcfHouse;

async function opened(control: 'enforced' | 'caller'): Promise<void> {
  house = await AcfHouse.open(BASE, control);
  for (const one of [gp, stranger, colleague, clerk]) await house.member(one);
  await house.spine.person(PATIENT, PRACTICE);
  const sent = await house.asApp('POST', '/Bundle', { body: summary(ID).bundle });
  expect(sent.status).toBe(201);
}

beforeEach(() => opened('enforced'));

const codeOf = ({ body }: Wire): string | undefined =>
  (body as { issue?: { details: { coding?: { code: string }[] } }[] } | null)?.issue?.[0]?.details.coding?.[0]?.code;
const errorOf = ({ body }: Wire): unknown => (body as { error?: string } | null)?.error;
const permission = (code: string) => house.as(gp, 'POST', '/$setPermission', { body: permit(code) });
const look = (who: Member, headers: Record<string, string> = {}) => house.as(who, 'GET', bundleOf(), { headers });
const alerts = () =>
  house.spine.identity.journal.filter(({ action }) => action === 'raise-privacy-alert').map(({ key }) => key);
const lastLook = () => house.spine.accesses().findLast(({ kind }) => kind === 'summary-care-record');
const claim = (who: Member) => house.as(who, 'POST', `${ACF}/self-claims`, { body: { note: 'on call' } });
const glass = (who: Member, reason = 'emergency') =>
  house.as(who, 'POST', `${ACF}/overrides`, { body: { reason, note: 'unconscious' } });
const told = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 60));

describe('the access decision', () => {
  test('ACF-D01 clinical data asks for a relationship; the refusal is an entry by the patient', async () => {
    await permission('Yes');
    const answer = await look(stranger);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'NO_RELATIONSHIP']);
    expect(lastLook()).toMatchObject({
      key: PATIENT,
      action: 'get-summary',
      outcome: 'no-relationship',
      agent: { user: stranger.uid, organization: 'RBA', client: 'app-1' },
    });
    expect((await house.as(stranger, 'GET', idOf())).status).toBe(403);
  });

  test('ACF-D02 registration with a practice is a relationship with it', async () => {
    await permission('Yes');
    expect((await look(gp)).status).toBe(200);
    expect(lastLook()).toMatchObject({ outcome: 'found', agent: { organization: 'A20047' } });
  });

  test('ACF-D03 a patient who wants to be asked is asked', async () => {
    await permission('Ask');
    expect(codeOf(await look(gp))).toBe('NO_PATIENT_CONSENT');
    expect((await look(gp, { 'NHSD-Permission-To-View': 'granted' })).status).toBe(200);
  });

  test('ACF-D04 against dissent nothing helps, and the record says so in its own words', async () => {
    await permission('Yes');
    await house.as(gp, 'POST', `${ACF}/seals`, { body: { record: 'summary-care-record', author: 'WG1' } });
    await claim(stranger);
    expect((await glass(stranger)).status).toBe(200);
    await permission('No');
    const answer = await look(stranger);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(DISSENT);
  });

  test('ACF-D05 level and activity of the role that acts', async () => {
    await permission('Yes');
    expect(codeOf(await look(clerk))).toBe('ACCESS_DENIED');
    expect(codeOf(await look({ ...gp, level: 'aal2' }))).toBe('ACCESS_DENIED');
    expect(codeOf(await house.asApp('GET', bundleOf()))).toBe('ACCESS_DENIED');
  });

  test('ACF-D06 where calling systems answer for it, only seals are asked for', async () => {
    await opened('caller');
    expect((await look(stranger)).status).toBe(200);
    expect((await house.asApp('GET', bundleOf())).status).toBe(200);
    await house.as(gp, 'POST', `${ACF}/seals`, { body: { record: 'summary-care-record', author: 'WG1' } });
    expect(codeOf(await look(stranger))).toBe('PATIENT_SENSITIVE');
    expect((await look(gp)).status).toBe(200);
  });

  test('ACF-D07 that a patient has flags is told to all, what they say by role', async () => {
    expect((await house.as(clerk, 'GET', FLAG)).status).toBe(200);
    const content = `${FLAG}&code=NRAF`;
    expect([(await house.as(stranger, 'GET', content)).status, codeOf(await house.as(clerk, 'GET', content))]).toEqual([
      (await house.as(gp, 'GET', content)).status,
      'ACCESS_DENIED',
    ]);
  });
});

describe('going beyond', () => {
  test('ACF-B01 a self-claimed relationship opens the record and tells the privacy officers, in one commit', async () => {
    await permission('Yes');
    const claimed = await claim(stranger);
    expect([claimed.status, (claimed.body as { relationships: unknown[] }).relationships.length]).toEqual([200, 1]);
    expect((await look(stranger)).status).toBe(200);
    await told();
    expect(alerts()).toEqual([expect.stringMatching(/^alert\/RBA\//)]);
    const row = house.spine
      .engine(PATIENT)
      .shard.statements.journalAfter(0, 1_000)
      .find(({ kind }) => kind === 'patient-access');
    expect(JSON.parse(row?.entry ?? '{}')).toMatchObject({ action: 'claim-relationship', outbox: 1 });
    expect((await look(colleague)).status).toBe(403);
  });

  test('ACF-B02 a claim that nobody needs changes nothing and alerts nobody', async () => {
    expect((await claim(gp)).body).toEqual({ unchanged: true });
    await claim(stranger);
    expect((await claim(stranger)).body).toEqual({ unchanged: true });
    await told();
    expect(alerts()).toHaveLength(1);
  });

  test('ACF-B03 a claim ends by itself after a day', async () => {
    await permission('Yes');
    await claim(stranger);
    house.now += 24 * 3_600_000;
    expect((await look(stranger)).status).toBe(403);
  });

  test('ACF-B04 broken glass opens what wants to be asked, for an hour, with an alert that names the reason', async () => {
    await permission('Ask');
    expect(codeOf(await look(gp))).toBe('NO_PATIENT_CONSENT');
    expect((await glass(gp)).status).toBe(200);
    expect((await look(gp)).status).toBe(200);
    await told();
    expect(alerts()).toHaveLength(1);
    house.now += 3_600_000;
    expect((await look(gp)).status).toBe(403);
  });

  test('ACF-B05 broken glass is no relationship', async () => {
    expect(errorOf(await glass(stranger))).toBe('no-relationship');
    await told();
    expect(alerts()).toEqual([]);
  });

  test('ACF-B06 a reason that was not needed alerts nobody', async () => {
    await permission('Yes');
    expect((await glass(gp)).body).toEqual({ unchanged: true });
    expect(alerts()).toEqual([]);
  });

  test('ACF-B07 without the activity nothing can be claimed', async () => {
    const nobody: Member = { uid: '600000000009', organization: 'RBA', activities: [] };
    await house.member(nobody);
    expect(errorOf(await claim(nobody))).toBe('activity-missing');
    expect((await house.asApp('POST', `${ACF}/self-claims`, { body: {} })).status).toBe(403);
    expect(errorOf(await house.as({ ...stranger, level: 'aal2' }, 'POST', `${ACF}/self-claims`, { body: {} }))).toBe(
      'level-too-low',
    );
  });
});

describe('seals and sharing', () => {
  const seal = (more: object = {}) =>
    house.as(gp, 'POST', `${ACF}/seals`, { body: { record: 'summary-care-record', author: 'WG1', ...more } });

  beforeEach(() => permission('Yes'));

  test('ACF-S01 what is sealed is marked to others; its authors see it; broken glass opens it', async () => {
    await seal();
    await claim(stranger);
    expect(codeOf(await look(stranger))).toBe('PATIENT_SENSITIVE');
    expect((await look(gp)).status).toBe(200);
    expect((await glass(stranger, 'court-order')).status).toBe(200);
    expect((await look(stranger)).status).toBe(200);
  });

  test('ACF-S02 what is locked is not even mentioned, also not to broken glass', async () => {
    await seal({ locked: true });
    await claim(stranger);
    await glass(stranger);
    const answer = await look(stranger);
    expect([answer.status, (answer.body as { total: number }).total]).toEqual([200, 0]);
    expect(((await look(gp)).body as { total: number }).total).toBeGreaterThan(0);
    const seen = await house.as(stranger, 'GET', ACF);
    expect((seen.body as { seals: unknown[] }).seals).toEqual([]);
  });

  test('ACF-S03 only a workgroup seals for itself and opens again', async () => {
    await claim(stranger);
    const foreign = await house.as(stranger, 'POST', `${ACF}/seals`, {
      body: { record: 'summary-care-record', author: 'WG1' },
    });
    expect(errorOf(foreign)).toBe('not-author');
    const [made] = ((await seal()).body as { seals: { id: string }[] }).seals;
    expect(errorOf(await house.as(stranger, 'DELETE', `${ACF}/seals/${made?.id}`))).toBe('not-author');
    expect((await house.as(gp, 'DELETE', `${ACF}/seals/${made?.id}`)).body).toMatchObject({ seals: [] });
  });

  test('ACF-S04 whoever stands in a relationship brings in others, and ends relationships', async () => {
    const refer = (who: Member) =>
      house.as(who, 'POST', `${ACF}/relationships`, { body: { party: 'RBA', kind: 'referral' } });
    expect(errorOf(await refer(stranger))).toBe('no-relationship');
    const [made] = ((await refer(gp)).body as { relationships: { id: string }[] }).relationships;
    expect((await look(stranger)).status).toBe(200);
    await house.as(gp, 'DELETE', `${ACF}/relationships/${made?.id}`);
    expect((await look(stranger)).status).toBe(403);
  });

  test('ACF-S05 a patient opts out for himself and sees who may see', async () => {
    const body = { optedOut: true };
    expect((await house.asPatient(PATIENT, 'PUT', `${ACF}/opt-out`, { body })).body).toMatchObject(body);
    expect((await house.asPatient(PATIENT, 'GET', ACF)).body).toMatchObject(body);
    const other = '//access-control/v1/patients/9000000025';
    await house.spine.person('9000000025');
    expect((await house.asPatient(PATIENT, 'GET', other)).status).toBe(403);
    expect((await house.asPatient(PATIENT, 'PUT', `${other}/opt-out`, { body })).status).toBe(403);
    expect((await house.asPatient(PATIENT, 'GET', ACF, { more: { vot: 'P9.Cp' } })).status).toBe(403);
  });
});
