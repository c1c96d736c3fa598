/** The audit service over real journals: what auditors find, what they may not, what a patient sees, what officers do. */
import { beforeEach, describe, expect, test } from 'vitest';
import { AcfHouse } from '../../support/acf-house.ts';
import type { Member } from '../../support/acf-house.ts';
import type { Wire } from '../../support/record-spine.ts';

const PATIENT = '9000000009';
const OTHER = '9000000025';
const PDS = '//personal-demographics/FHIR/R4/Patient';

const clinician: Member = { uid: '600000000001', organization: 'RBA' };
const elsewhere: Member = { uid: '600000000002', organization: 'RCD' };
const officer: Member = { uid: '600000000003', organization: 'RBA', roleCode: 'R0001', activities: ['B0015', 'B0401'] };
const auditor: Member = { uid: '600000000004', organization: 'RBA', roleCode: 'R5100' };
const national: Member = { uid: '600000000005', organization: 'X26', roleCode: 'R5100' };
const deputy: Member = { uid: '600000000006', organization: 'RBA', roleCode: 'R0001', activities: ['B0015'] };

let house: AcfHouse;

beforeEach(async () => {
  house = await AcfHouse.open('/audit/v1', 'enforced');
  for (const one of [clinician, elsewhere, officer, auditor, national, deputy]) await house.member(one);
  await house.spine.person(PATIENT);
  await house.spine.person(OTHER);
});

interface Event {
  readonly id: string;
  readonly recorded: string;
  readonly outcome: string;
  readonly outcomeDesc: string;
  readonly subtype: readonly { readonly code: string }[];
  readonly agent: readonly { readonly who: { readonly identifier?: { readonly value: string } } }[];
}

const eventsOf = ({ body }: Wire): readonly Event[] =>
  (body as { entry?: { resource: Event }[] }).entry?.map(({ resource }) => resource) ?? [];
const nextOf = ({ body }: Wire): string | undefined => (body as { link?: { url: string }[] }).link?.[0]?.url;
const didOf = (events: readonly Event[]): readonly string[] =>
  events.map(({ outcomeDesc, subtype }) => `${subtype[0]?.code} ${outcomeDesc}`);
const agentsOf = ({ agent }: Event): readonly string[] => agent.map(({ who }) => who.identifier?.value ?? '');
const displayOf = ({ body }: Wire): string | undefined =>
  (body as { issue?: { details: { coding: { display: string }[] } }[] }).issue?.[0]?.details.coding[0]?.display;

const read = (who: Member, number = PATIENT) => house.as(who, 'GET', `${PDS}/${number}`);
const search = (who: Member, query: string) => house.as(who, 'GET', `/AuditEvent?${query}`);
const told = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 60));

async function everything(who: Member, query: string): Promise<readonly Event[]> {
  const found: Event[] = [];
  let answer = await search(who, query);
  for (let pages = 0; pages < 100; pages++) {
    found.push(...eventsOf(answer));
    const next = nextOf(answer);
    if (next === undefined) return found;
    answer = await house.as(who, 'GET', next.slice('https://edge.test/audit/v1'.length));
  }
  throw new Error('pages without end');
}

describe('search', () => {
  test('AUD-S01 by patient: every look and every refusal, newest first, with app, user, role, organisation, purpose', async () => {
    await read(clinician);
    house.now += 1_000;
    await house.asPatient(OTHER, 'GET', `${PDS}/${PATIENT}`);
    const events = eventsOf(await search(national, `patient=${PATIENT}`));
    expect(didOf(events)).toEqual([
      'search-audit found',
      expect.stringMatching(/^note-denial GET .*403$/),
      'get-patient found',
      'import accepted',
    ]);
    expect(events[2]).toMatchObject({
      resourceType: 'AuditEvent',
      action: 'R',
      outcome: '0',
      recorded: '2026-03-13T12:00:00.000Z',
      purposeOfEvent: [{ coding: [{ code: 'TREAT' }] }],
      agent: [
        {
          who: { identifier: { value: clinician.uid } },
          requestor: true,
          role: [{ coding: [{ code: '700000000001' }] }],
        },
        { who: { identifier: { value: 'RBA' } } },
        { who: { identifier: { value: 'app-1' } } },
      ],
    });
  });

  test('AUD-S02 by worker, by organisation, by time: over all patients', async () => {
    await read(clinician);
    await read(clinician, OTHER);
    await read(elsewhere);
    const user = `agent=https://fhir.nhs.uk/Id/sds-user-id|${clinician.uid}`;
    expect(eventsOf(await search(national, user)).map(agentsOf)).toEqual([
      [clinician.uid, 'RBA', 'app-1'],
      [clinician.uid, 'RBA', 'app-1'],
    ]);
    const organization = 'agent=https://fhir.nhs.uk/Id/ods-organization-code|RCD';
    expect(eventsOf(await search(national, organization)).map(agentsOf)).toEqual([[elsewhere.uid, 'RCD', 'app-1']]);
    house.now += 60_000;
    await read(clinician);
    expect(eventsOf(await search(national, `agent=${clinician.uid}&date=ge2026-03-13T12:00:30Z`))).toHaveLength(1);
    expect(eventsOf(await search(national, `agent=${clinician.uid}&date=lt2026-03-13T12:00:30Z`))).toHaveLength(2);
    expect(eventsOf(await search(national, `agent=${clinician.uid}&date=2026-03-12`))).toHaveLength(0);
  });

  test('AUD-S03 pages join without a gap and without a repeat, whatever their size and whatever happens at one time', async () => {
    for (let at = 0; at < 12; at++) {
      await Promise.all([read(clinician), read(clinician, OTHER), read(clinician)]);
      if (at % 3 === 0) house.now += 1;
    }
    const wanted = `agent=${clinician.uid}`;
    const whole = (await everything(national, `${wanted}&_count=500`)).map(({ id }) => id);
    expect(new Set(whole).size).toBe(36);
    for (const size of [1, 2, 5, 7, 36]) {
      const pieces = (await everything(national, `${wanted}&_count=${size}`)).map(({ id }) => id);
      expect(pieces).toEqual(whole);
    }
  });

  test('AUD-S04 an auditor sees the entries of the own organisation; a national one all', async () => {
    await read(clinician);
    await read(elsewhere);
    const own = eventsOf(await search(auditor, `patient=${PATIENT}`));
    expect(own.every((event) => agentsOf(event).includes('RBA'))).toBe(true);
    expect(didOf(own)).toContain('get-patient found');
    expect(eventsOf(await search(auditor, `agent=${elsewhere.uid}`))).toEqual([]);
    const foreign = await search(auditor, 'agent=https://fhir.nhs.uk/Id/ods-organization-code|RCD');
    expect([foreign.status, displayOf(foreign)]).toEqual([403, 'The role is of another organisation']);
  });

  test.each([
    ['a clinician', clinician, 'The role is not one of an auditor'],
    ['aal2', { ...auditor, level: 'aal2' as const }, 'A log-in of aal3 is needed'],
    ['aal1', { ...auditor, level: 'aal1' as const }, 'A log-in of aal3 is needed'],
  ])('AUD-S05 %s may not search', async (_name, who, display) => {
    const answer = await search(who, `patient=${PATIENT}`);
    expect([answer.status, displayOf(answer)]).toEqual([403, display]);
  });

  test('AUD-S06 apps and patients may not search; a role must be the own one', async () => {
    expect((await house.asApp('GET', `/AuditEvent?patient=${PATIENT}`)).status).toBe(403);
    expect((await house.asPatient(PATIENT, 'GET', `/AuditEvent?patient=${PATIENT}`)).status).toBe(403);
    const headers = { 'NHSD-Session-URID': '700000000001' };
    expect((await house.as(auditor, 'GET', `/AuditEvent?patient=${PATIENT}`, { headers })).status).toBe(403);
  });

  test.each([
    'patient=123',
    'patient=9000000008',
    'agent=a|b',
    'agent=x&agent=y',
    'date=yesterday',
    'date=ne2026-01-01',
    '_count=0',
    '_count=x',
    '_cursor=x',
    'name=Smith',
  ])('AUD-S07 %s is refused', async (query) => {
    const base = query.startsWith('patient') ? '' : `patient=${PATIENT}&`;
    expect((await search(auditor, base + query)).status).toBe(400);
  });

  test('AUD-S08 whoever searches is found by the next one', async () => {
    await search(auditor, `patient=${PATIENT}`);
    const [latest] = eventsOf(await search(national, `agent=${auditor.uid}`));
    expect(latest).toMatchObject({ subtype: [{ code: 'search-audit' }], outcome: '0' });
  });

  test('AUD-S09 export is the same search as NDJSON, page by page', async () => {
    for (let at = 0; at < 5; at++) await read(clinician);
    const ids: string[] = [];
    let path = `/AuditEvent/$export?agent=${clinician.uid}&_count=3`;
    for (let pages = 0; path !== '' && pages < 10; pages++) {
      const { headers, text } = await house.as(national, 'GET', path);
      ids.push(
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as Event).id),
      );
      path = /<https:\/\/edge.test\/audit\/v1([^>]+)>; rel="next"/.exec(headers.get('Link') ?? '')?.[1] ?? '';
    }
    const searched = await everything(national, `agent=${clinician.uid}`);
    expect(ids).toEqual(searched.map(({ id }) => id));
    expect(ids).toHaveLength(5);
  });

  test('AUD-S10 a repeat of a request, and a change that changes nothing, are entries as well', async () => {
    const body = { note: '' };
    const headers = { 'X-Request-ID': crypto.randomUUID() };
    const claim = () =>
      house.as(clinician, 'POST', `//access-control/v1/patients/${PATIENT}/self-claims`, { body, headers });
    await claim();
    await claim();
    const did = didOf(eventsOf(await search(national, `patient=${PATIENT}`)));
    expect(did).toContain('claim-relationship accepted');
    expect(did).toContain('claim-relationship replayed');
  });
});

describe("the patient's own view", () => {
  const me = (number = PATIENT, more: object = {}) => house.asPatient(number, 'GET', '/me', { more });

  test('AUD-P01 when, which organisation, which role, why, at what; never the name or number of a person', async () => {
    await read(clinician);
    const answer = await me();
    const { entries } = answer.body as { entries: Record<string, unknown>[] };
    expect(entries.find(({ what }) => what === 'get-patient')).toEqual({
      when: '2026-03-13T12:00:00.000Z',
      organisation: 'RBA',
      role: 'S8000:G8000:R8001',
      application: 'app-1',
      purpose: 'TREAT',
      data: 'personal details',
      what: 'get-patient',
      refused: false,
      emergency: false,
    });
    expect(answer.text).not.toContain(clinician.uid);
  });

  test('AUD-P02 going beyond is marked', async () => {
    const path = `//access-control/v1/patients/${PATIENT}/self-claims`;
    await house.as(clinician, 'POST', path, { body: { note: 'on call' } });
    const { entries } = (await me()).body as { entries: Record<string, unknown>[] };
    expect(entries.find(({ what }) => what === 'claim-relationship')).toMatchObject({
      emergency: true,
      purpose: 'BTG',
    });
  });

  test('AUD-P03 only of full proof, only the own record, nobody in the place of the patient', async () => {
    await read(clinician, OTHER);
    const { entries } = (await me()).body as { entries: Record<string, unknown>[] };
    expect(entries.filter(({ what }) => what === 'get-patient')).toEqual([]);
    for (const more of [
      { vot: 'P9.Cp' },
      { vot: undefined },
      { authentication: 'user token_exchange nhs-login p5' },
      { actor: 'somebody' },
      { nhs_number: undefined },
    ])
      expect((await me(PATIENT, more)).status).toBe(403);
    expect((await house.as(clinician, 'GET', '/me')).status).toBe(403);
    expect((await house.asApp('GET', '/me')).status).toBe(403);
  });
});

describe('alerts', () => {
  const list = (who: Member, query = '') => house.as(who, 'GET', `/alerts${query}`);
  const alertsIn = ({ body }: Wire) => (body as { alerts: { id: string; [more: string]: unknown }[] }).alerts;
  const beyond = async (who: Member = clinician): Promise<string> => {
    await house.as(who, 'POST', `//access-control/v1/patients/${PATIENT}/self-claims`, { body: { note: 'on call' } });
    await told();
    return alertsIn(await list(officer)).at(-1)?.id ?? '';
  };
  const handle = (who: Member, id: string, verb: string, body?: object) =>
    house.as(who, 'POST', `/alerts/${id}/${verb}`, body === undefined ? {} : { body });

  test('AUD-A01 an alert waits for the privacy officers of the organisation whose worker went beyond', async () => {
    const id = await beyond();
    expect(alertsIn(await list(officer))).toEqual([
      expect.objectContaining({
        id,
        organization: 'RBA',
        patient: PATIENT,
        kind: 'self-claimed',
        source: 'access-decision',
        user: clinician.uid,
        role: '700000000001',
        status: 'new',
        note: 'on call',
        escalated: false,
      }),
    ]);
    expect(alertsIn(await list(officer, '?status=closed'))).toEqual([]);
  });

  test('AUD-A02 acknowledged, then closed with a finding; each step is an entry', async () => {
    const id = await beyond();
    expect((await handle(officer, id, 'close', { finding: 'justified' })).status).toBe(409);
    expect((await handle(officer, id, 'acknowledge')).body).toMatchObject({ status: 'acknowledged' });
    expect(alertsIn(await list(officer))).toEqual([]);
    expect(alertsIn(await list(officer, '?status=acknowledged'))).toHaveLength(1);
    expect((await handle(officer, id, 'close', { finding: 'of no matter' })).status).toBe(400);
    expect((await handle(deputy, id, 'close', { finding: 'justified' })).body).toMatchObject({
      status: 'closed',
      finding: 'justified',
      acknowledgedBy: officer.uid,
      closedBy: deputy.uid,
    });
    const did = didOf(eventsOf(await search(national, `agent=${officer.uid}`)));
    expect(did).toContain('acknowledge-alert accepted');
    expect(did).toContain('close-alert not-acknowledged');
  });

  test('AUD-A03 nobody handles an alert about himself', async () => {
    const id = await beyond(officer);
    const answer = await handle(officer, id, 'acknowledge');
    expect([answer.status, displayOf(answer)]).toEqual([403, 'Nobody handles an alert about himself']);
    expect((await handle(deputy, id, 'acknowledge')).status).toBe(200);
  });

  test('AUD-A04 without the activity, or for another organisation, nothing is shown', async () => {
    await beyond();
    expect((await list(clinician)).status).toBe(403);
    expect((await list(auditor)).status).toBe(403);
    expect((await list(officer, '?organisation=RCD')).status).toBe(403);
    expect((await list(officer, '?status=old')).status).toBe(400);
    expect((await handle(officer, 'nothing', 'acknowledge')).status).toBe(404);
  });

  test('AUD-A05 who is not acknowledged within seven days is escalated', async () => {
    await beyond();
    house.now += 7 * 86_400_000;
    expect(alertsIn(await list(officer))).toEqual([expect.objectContaining({ escalated: true })]);
  });
});

describe('journals', () => {
  const verify = (who: Member, name = 'patient-shard/0', query = '') =>
    house.as(who, 'GET', `/journals/${name}/verify${query}`);

  test('AUD-J01 a national auditor verifies the chain of any journal', async () => {
    await read(clinician);
    const { journals } = (await house.as(national, 'GET', '/journals')).body as { journals: string[] };
    expect(journals).toContain('patient-shard/1');
    for (const name of ['patient-shard/0', 'patient-shard/1'])
      expect((await verify(national, name)).body).toMatchObject({
        source: name,
        sound: true,
        brokenAt: null,
        next: null,
      });
  });

  test.each([
    ['an edit', `UPDATE journal SET entry = replace(entry, 'get-patient', 'got-patient') WHERE kind = 'reads'`],
    ['a deletion', `DELETE FROM journal WHERE seq = 1`],
    ['a deletion at the end', `DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)`],
    ['a changed body', `UPDATE journal SET annex = '{}' WHERE seq = 1`],
  ])('AUD-J02 %s is found', async (_name, sql) => {
    await read(clinician);
    house.spine.engine(PATIENT).shard.ports.sql.exec(sql);
    const reports = await Promise.all(['0', '1'].map((shard) => verify(national, `patient-shard/${shard}`)));
    expect(reports.map(({ body }) => (body as { sound: boolean }).sound).filter((sound) => !sound)).toHaveLength(1);
  });

  test('AUD-J03 nobody else verifies', async () => {
    expect((await verify(auditor)).status).toBe(403);
    expect((await verify(clinician)).status).toBe(403);
    expect((await verify(national, 'patient-shard/99')).status).toBe(404);
    expect((await verify(national, 'patient-shard/0', '?after=1')).status).toBe(400);
  });

  test('AUD-J04 a long journal is verified in pieces that join', async () => {
    await Promise.all(Array.from({ length: 3 }, () => read(clinician)));
    const whole = (await verify(national)).body as { head: { seq: number; hash: string } };
    const from = `?after=${whole.head.seq}&hash=${whole.head.hash}`;
    expect((await verify(national, 'patient-shard/0', from)).body).toMatchObject({ sound: true, checked: 0 });
    const wrong = `?after=${whole.head.seq}&hash=${'0'.repeat(64)}`;
    expect((await verify(national, 'patient-shard/0', wrong)).body).toMatchObject({ sound: false });
  });
});
