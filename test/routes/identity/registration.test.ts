/** The registration authority: who may register whom, what a registration gives, and rows by the thousand. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tokenIn, World } from './world.ts';
import type { Answered } from './world.ts';

const BASE = '/care-identity/registration-authority/v1';
const MANAGER = '656000001000';
const AGENT = '656000002000';
const ROOT = '656000003000';

let world: World;
const tokens = new Map<string, string>();

async function raWorker(uid: string, role: string, org: string): Promise<void> {
  const roles = [
    {
      person_orgid: '1',
      person_roleid: `1${uid.slice(1)}`,
      org_code: org,
      role_code: `S0080:G0450:${role}`,
      role_name: role,
      activities: [],
      activity_codes: [],
    },
  ];
  const worker = { uid, status: 'open', profile: {}, roles, authenticators: [], mockLogin: { level: 3, methods: [] } };
  await world.command('worker', `user/${uid}`, { name: 'load-worker', worker });
}

beforeAll(async () => {
  world = await World.make();
  await raWorker(MANAGER, 'R5080', 'A1A');
  await raWorker(AGENT, 'R5090', 'A1A');
  await raWorker(ROOT, 'R5072', 'X09');
  const table = {
    roles: { R8000: 'Clinical Practitioner' },
    activities: { B0820: 'View Patient Demographics' },
    includes: { B0825: ['B0820'] },
    baseline: { R8000: ['B0825', 'B0401'] },
  };
  await world.command('rbac-table', 'rbac', { name: 'load-rbac', table });
});

beforeEach(async () => {
  world.now += 60_000;
  for (const uid of [MANAGER, AGENT, ROOT, '656000000001'])
    tokens.set(uid, tokenIn(await world.userToken({ sub: uid })));
});

async function call(uid: string, method: string, path: string, body?: unknown): Promise<Answered> {
  return callWith({}, uid, { method, path, body });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

async function callWith(headers: Record<string, string>, uid: string, { method, path, body }: Sent): Promise<Answered> {
  const init: RequestInit = {
    method,
    headers: { Authorization: `Bearer ${tokens.get(uid) ?? uid}`, 'Content-Type': 'application/json', ...headers },
  };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  return world.edge.send(BASE + path, init);
}

const person = (key: string, more: Record<string, unknown> = {}) => ({
  org: 'A1A',
  key,
  given_name: 'Jane',
  family_name: `Doe-${key}`,
  birth_date: '1990-02-03',
  role_code: 'S8000:G8000:R8000',
  ...more,
});

const registered = async (key: string): Promise<string> =>
  String((await call(MANAGER, 'POST', '/users', person(key))).body['user']);

describe('registration', () => {
  test('ID-G01 a worker is registered with a role whose rights are worked out, and again changes nothing', async () => {
    const first = await call(MANAGER, 'POST', '/users', person('one', { activities: ['B0420'] }));
    expect([first.status, first.body['outcome']]).toEqual([201, 'registered']);
    const again = await call(MANAGER, 'POST', '/users', person('one', { activities: ['B0420'] }));
    expect([again.status, again.body['outcome'], again.body['user']]).toEqual([200, 'unchanged', first.body['user']]);
    const { body } = await call(MANAGER, 'GET', `/users/${String(first.body['user'])}`);
    expect(body).toMatchObject({
      status: 'open',
      roles: [
        {
          org_code: 'A1A',
          person_roleid: first.body['role_profile'],
          activity_codes: ['B0401', 'B0420', 'B0820', 'B0825'],
        },
      ],
    });
  });

  test('ID-G01 the same person under another key is told with the number that is there', async () => {
    const first = await call(MANAGER, 'POST', '/users', person('two', { ni_number: 'QQ 12 34 56 C' }));
    const second = await call(MANAGER, 'POST', '/users', person('three', { ni_number: 'qq123456c' }));
    expect([second.status, second.body['error']]).toEqual([409, `known-person: ${String(first.body['user'])}`]);
  });

  test('ID-G02 the new worker logs in and reads at once, in the role and within its dates', async () => {
    const uid = await registered('doctor');
    const { body } = await call(MANAGER, 'GET', `/users/${uid}`);
    const [role] = body['roles'] as readonly { person_roleid: string }[];
    const token = tokenIn(await world.userToken({ sub: uid }));
    const asRole = () => world.edge.patient(token, '9000000009', { 'NHSD-Session-URID': role?.person_roleid ?? '' });
    expect((await asRole()).status).toBe(200);
    expect((await call(MANAGER, 'PATCH', `/users/${uid}/role-profiles/${role?.person_roleid ?? ''}`, {})).status).toBe(
      200,
    );
    world.now += 1_000;
    expect((await asRole()).status).toBe(400);
    expect((await call(MANAGER, 'POST', `/users/${uid}/close`)).status).toBe(200);
    world.now += 1_000;
    expect((await world.edge.patient(token)).status).toBe(401);
  });

  test('ID-G03 authenticators: issued, locked, unlocked, cancelled for good', async () => {
    const uid = await registered('card');
    const path = `/users/${uid}/authenticators`;
    expect((await call(AGENT, 'POST', path, { id: 'card-1', kind: 'smartcard' })).body['authenticators']).toEqual([
      { id: 'card-1', kind: 'smartcard', level: 3, state: 'issued' },
    ]);
    for (const [verb, status, state] of [
      ['lock', 200, 'locked'],
      ['unlock', 200, 'issued'],
      ['cancel', 200, 'cancelled'],
      ['unlock', 409, null],
    ] as const) {
      const answer = await call(AGENT, 'POST', `${path}/card-1/${verb}`);
      expect([
        answer.status,
        (answer.body['authenticators'] as { state: string }[] | undefined)?.[0]?.state ?? null,
      ]).toEqual([status, state]);
    }
    expect((await call(AGENT, 'POST', `${path}/card-9/lock`)).status).toBe(404);
  });

  test('ID-G04 every act stands in the journal with who, in which role and for which organisation', async () => {
    await registered('noted');
    expect(world.spine.identity.journal.at(-1)).toMatchObject({
      action: 'assign-role',
      outcome: 'accepted',
      agent: {
        mode: 'registration-authority',
        user: MANAGER,
        role: '156000001000',
        organization: 'A1A',
        authentication: 'user token_exchange nhs-cis2 aal3',
      },
    });
  });
});

describe('rights', () => {
  test.each([
    ['an app', async (): Promise<string> => world.appToken(), 403, 'level-too-low'],
    [
      'a patient',
      async () => tokenIn(await world.edge.token(world.exchange(await world.assertion(), await world.loginToken()))),
      403,
      'level-too-low',
    ],
    [
      'a worker of aal2',
      async () => tokenIn(await world.userToken({ sub: '656000000003', authentication_assurance_level: 2 })),
      403,
      'level-too-low',
    ],
    ['a clinician', async () => tokenIn(await world.userToken()), 403, 'no-registration-role'],
    [
      'a worker of several roles who names none',
      async () => tokenIn(await world.userToken({ sub: '656000000002' })),
      403,
      'no-such-role',
    ],
    ['a stranger', async (): Promise<string> => 'abc123', 401, 'Invalid Access Token'],
  ] as const)('ID-G05 %s registers nobody, and that is noted', async (_name, token, status, error) => {
    const answer = await call(await token(), 'POST', '/users', person('refused'));
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
    expect(world.denials.at(-1)).toBe(`POST ${BASE} ${status}`);
  });

  const ASSIGN = { org: 'A1A', role_code: 'R8000' };
  test.each([
    ['an agent makes no agent', AGENT, { ...ASSIGN, role_code: 'R5090' }, 403, 'higher-role'],
    ['an agent makes no manager', AGENT, { ...ASSIGN, role_code: 'R5080' }, 403, 'higher-role'],
    ['a manager makes no manager', MANAGER, { ...ASSIGN, role_code: 'S0080:G0450:R5080' }, 403, 'higher-role'],
    ['a manager makes no root', MANAGER, { ...ASSIGN, role_code: 'R5072' }, 403, 'higher-role'],
    ['a manager makes agents', MANAGER, { ...ASSIGN, role_code: 'R5090' }, 200, undefined],
    ['root makes managers, anywhere', ROOT, { org: 'B2B', role_code: 'R5080' }, 200, undefined],
    ['a manager gives nothing elsewhere', MANAGER, { org: 'B2B', role_code: 'R8000' }, 403, 'other-organisation'],
    ['a role must be one', MANAGER, { ...ASSIGN, role_code: 'doctor' }, 400, undefined],
    ['an activity must be one', MANAGER, { ...ASSIGN, activities: ['all'] }, 400, undefined],
  ] as const)('ID-G06 %s', async (...[name, uid, body, status, error]) => {
    const answer = await call(
      uid,
      'POST',
      `/users/${await registered(name.replaceAll(' ', '-').replace(',', ''))}/role-profiles`,
      body,
    );
    expect(answer.status).toBe(status);
    if (error !== undefined) expect(answer.body['error']).toBe(error);
  });

  test('ID-G06 nobody gives to himself, locks his own step, or closes somebody of another organisation', async () => {
    expect((await call(MANAGER, 'POST', `/users/${MANAGER}/role-profiles`, ASSIGN)).body['error']).toBe('own-grant');
    expect((await call(AGENT, 'POST', `/users/${MANAGER}/close`)).body['error']).toBe('higher-role');
    expect((await call(AGENT, 'POST', `/users/${AGENT}/close`)).status).toBe(403);
    expect((await call(MANAGER, 'POST', '/users/656000000001/close')).body['error']).toBe('other-organisation');
    expect((await call(MANAGER, 'GET', '/users/656000000001')).body['error']).toBe('other-organisation');
    expect((await call(MANAGER, 'POST', '/users/999999999999/close')).status).toBe(404);
  });
});

describe('bulk', () => {
  const send = (text: string, type: string, org = 'A1A') =>
    callWith({ 'Content-Type': type }, MANAGER, {
      method: 'POST',
      path: `/organisations/${org}/bulk-registrations`,
      body: text,
    });
  const CSV = [
    'key,given_name,family_name,birth_date,role_code,activities,from,to',
    'c1,Ann,"O""Neil, Lee",1980-01-01,R8000,B0420;B0058,2026-01-01,2027-01-01',
  ];

  test('ID-G07 CSV: good rows are registered, bad ones told by row; again changes nothing', async () => {
    const text = [
      ...CSV,
      'c2,Ann,,1980-01-01,R8000,,,',
      'c3,Bo,Day,1980-13-01,R8000,,,',
      'c4,Bo,Day,1980-01-01,doctor,,,',
      'c5,Bo',
      'c6,Cy,Fox,1981-01-01,R5080,,,',
      'c7,Di,Gee,1982-01-01,R8001,,2026-02-01,2026-01-01',
    ].join('\n');
    const first = await send(text, 'text/csv');
    expect(first.body).toMatchObject({ registered: 1, unchanged: 0, failed: 6 });
    expect(
      (first.body['results'] as { row: number; reason?: string }[]).map(({ row, reason }) => [row, reason]),
    ).toEqual([
      [1, undefined],
      [2, 'given_name and family_name are needed'],
      [3, 'birth_date must be a date'],
      [4, 'role_code must look like R8000 or S8000:G8000:R8000'],
      [5, 'the number of columns is not that of the header'],
      [6, 'higher-role'],
      [7, 'to must be after from'],
    ]);
    expect((await send(text, 'text/csv')).body).toMatchObject({ registered: 0, unchanged: 1, failed: 6 });
  });

  test('ID-G07 3,200 rows of NDJSON, each once, however often they are sent', async () => {
    const rows = Array.from({ length: 3_200 }, (_, at) =>
      JSON.stringify({
        key: `n${at}`,
        given_name: 'Jo',
        family_name: `Doctor${at}`,
        birth_date: '1995-05-05',
        role_code: 'R8000',
      }),
    );
    const first = await send(rows.join('\n'), 'application/x-ndjson');
    expect(first.body).toMatchObject({ registered: 3_200, unchanged: 0, failed: 0 });
    const numbers = new Set((first.body['results'] as { user: string }[]).map(({ user }) => user));
    expect(numbers.size).toBe(3_200);
    expect((await send(rows.slice(0, 100).join('\n'), 'application/x-ndjson')).body).toMatchObject({
      registered: 0,
      unchanged: 100,
    });
  });

  test('ID-G08 a bulk for another organisation, of another type or without a header is refused', async () => {
    expect((await send(CSV.join('\n'), 'text/csv', 'B2B')).body['error']).toBe('other-organisation');
    expect((await send('{}', 'application/json')).status).toBe(415);
    expect((await send('a,b\n1,2', 'text/csv')).body).toMatchObject({ failed: 1 });
    expect((await send('{}\n'.repeat(5_001), 'application/x-ndjson')).status).toBe(413);
  });
});
