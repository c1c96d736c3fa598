/** A person is asked for, checked and granted by three different people; rows by the thousand are polled for. */
import { beforeAll, describe, expect, test } from 'vitest';
import { tokenIn, World } from './world.ts';
import type { Answered } from './world.ts';

const BASE = '/care-identity/registration-authority/v1';
const MANAGER = '656000001000';
const AGENT = '656000002000';
const SPONSOR = '656000003000';
const STRANGER = '656000004000';
const ELSEWHERE = '656000005000';

let world: World;
const tokens = new Map<string, string>();

beforeAll(async () => {
  world = await World.make();
  const people = [
    [MANAGER, 'R5080', 'A1A', []],
    [AGENT, 'R5090', 'A1A', ['B1300']],
    [SPONSOR, 'R8000', 'A1A', ['B1300']],
    [STRANGER, 'R8000', 'A1A', []],
    [ELSEWHERE, 'R5080', 'B2B', []],
  ] as const;
  for (const [uid, code, org, activities] of people) {
    const role = {
      person_orgid: '1',
      person_roleid: `1${uid.slice(1)}`,
      org_code: org,
      role_name: code,
      activities: [],
      role_code: `S0080:G0450:${code}`,
      activity_codes: activities,
    };
    const worker = {
      uid,
      status: 'open',
      profile: {},
      roles: [role],
      authenticators: [],
      mockLogin: { level: 3, methods: [] },
    };
    await world.command('worker', `user/${uid}`, { name: 'load-worker', worker });
    tokens.set(uid, tokenIn(await world.userToken({ sub: uid })));
  }
});

async function call(uid: string, method: string, path: string, body?: unknown): Promise<Answered> {
  return callWith({ 'Content-Type': 'application/json' }, uid, { method, path, body });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

async function callWith(headers: Record<string, string>, uid: string, { method, path, body }: Sent): Promise<Answered> {
  const init: RequestInit = { method, headers: { Authorization: `Bearer ${tokens.get(uid)}`, ...headers } };
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
  return world.edge.send(BASE + path, init);
}

let serial = 0;
const wish = (more: object = {}) => ({
  org: 'A1A',
  person: { given_name: 'Ada', family_name: `Lovelace${++serial}`, birth_date: '1990-12-10' },
  position: 'R8000',
  ...more,
});
const CHECK = { documents: ['passport', 'utility bill'], level: 'high' };
const opened = async (more: object = {}): Promise<string> =>
  String((await call(SPONSOR, 'POST', '/requests', wish(more))).body['id']);
const told = ({ body, status }: Answered) => [status, body['error'] ?? body['status']];

describe('requests', () => {
  test('ID-G09 a sponsor asks, another one checks, the authority grants: then there is a user in the role', async () => {
    const id = await opened();
    expect(told(await call(AGENT, 'POST', `/requests/${id}/identity-check`, CHECK))).toEqual([200, 'checked']);
    const granted = await call(MANAGER, 'POST', `/requests/${id}/grant`);
    expect(told(granted)).toEqual([200, 'granted']);
    const user = await call(MANAGER, 'GET', `/users/${String(granted.body['user'])}`);
    expect(user.body).toMatchObject({
      status: 'open',
      roles: [{ org_code: 'A1A', role_code: 'R8000', person_roleid: granted.body['roleProfile'] }],
    });
    expect((await call(MANAGER, 'POST', `/requests/${id}/grant`)).body).toEqual(granted.body);
    expect((await call(MANAGER, 'GET', `/requests/${id}`)).body).toMatchObject({
      check: { checker: AGENT, level: 'high', documents: CHECK.documents },
    });
  });

  test('ID-G10 only who holds the sponsor right at that organisation asks', async () => {
    expect(told(await call(STRANGER, 'POST', '/requests', wish()))).toEqual([403, 'not-a-sponsor']);
    expect(told(await call(SPONSOR, 'POST', '/requests', wish({ org: 'B2B' })))).toEqual([403, 'not-a-sponsor']);
    expect(told(await call(MANAGER, 'POST', '/requests', wish()))).toEqual([403, 'not-a-sponsor']);
    expect(told(await call(MANAGER, 'POST', '/requests', wish({ sponsor: SPONSOR })))).toEqual([201, 'requested']);
    expect(told(await call(STRANGER, 'POST', '/requests', wish({ sponsor: SPONSOR })))).toEqual([
      403,
      'no-registration-role',
    ]);
    expect(told(await call(ELSEWHERE, 'POST', '/requests', wish({ sponsor: SPONSOR })))).toEqual([
      403,
      'other-organisation',
    ]);
  });

  test('ID-G11 the checker is neither sponsor nor applicant; nothing is granted unchecked', async () => {
    const id = await opened({ applicant: MANAGER });
    expect(told(await call(MANAGER, 'POST', `/requests/${id}/identity-check`, CHECK))).toEqual([403, 'own-request']);
    expect(told(await call(MANAGER, 'POST', `/requests/${id}/grant`))).toEqual([403, 'own-request']);
    const own = await call(AGENT, 'POST', '/requests', wish());
    const path = `/requests/${String(own.body['id'])}`;
    expect(told(await call(AGENT, 'POST', `${path}/identity-check`, CHECK))).toEqual([403, 'checker-is-sponsor']);
    expect(told(await call(MANAGER, 'POST', `${path}/grant`))).toEqual([409, 'not-checked']);
    expect(told(await call(SPONSOR, 'POST', `${path}/identity-check`, CHECK))).toEqual([403, 'no-registration-role']);
    await call(MANAGER, 'POST', `${path}/identity-check`, CHECK);
    expect(told(await call(AGENT, 'POST', `${path}/grant`))).toEqual([403, 'granter-is-sponsor']);
    expect(told(await call(SPONSOR, 'POST', '/requests', wish({ applicant: SPONSOR })))).toEqual([403, 'own-request']);
  });

  test('ID-G12 rejected stays rejected; roles above the own are not granted; others see nothing', async () => {
    const id = await opened();
    expect(told(await call(AGENT, 'POST', `/requests/${id}/reject`))).toEqual([200, 'rejected']);
    expect(told(await call(AGENT, 'POST', `/requests/${id}/identity-check`, CHECK))).toEqual([409, 'not-requested']);
    expect(told(await call(MANAGER, 'POST', `/requests/${id}/grant`))).toEqual([409, 'not-checked']);
    const high = await opened({ position: 'R5080' });
    await call(AGENT, 'POST', `/requests/${high}/identity-check`, CHECK);
    expect(told(await call(MANAGER, 'POST', `/requests/${high}/grant`))).toEqual([403, 'higher-role']);
    expect(told(await call(ELSEWHERE, 'GET', `/requests/${id}`))).toEqual([403, 'other-organisation']);
    expect((await call(MANAGER, 'GET', '/requests/nothing')).status).toBe(404);
    expect((await call(SPONSOR, 'POST', '/requests', { org: 'A1A' })).status).toBe(400);
  });
});

describe('bulk jobs', () => {
  const NDJSON = { 'Content-Type': 'application/x-ndjson' };
  const rows = (batch: string, count: number, more: object = {}) =>
    Array.from({ length: count }, (_, at) =>
      JSON.stringify({
        key: `${batch}-${at}`,
        given_name: 'Jo',
        family_name: `${batch}${at}`,
        birth_date: '1995-05-05',
        role_code: 'R8000',
        ...more,
      }),
    );

  test('ID-G13 202 at once, then progress and results by row', async () => {
    const sent = [...rows('g13', 600), 'no json', ...rows('boss', 1, { role_code: 'R5072' })].join('\n');
    const answer = await callWith(NDJSON, MANAGER, { method: 'POST', path: '/bulk-jobs', body: sent });
    expect(answer.status).toBe(202);
    const { pathname } = new URL(answer.headers.get('Location') ?? '');
    const job = pathname.slice(BASE.length);
    expect((await call(MANAGER, 'GET', job)).body).toMatchObject({
      status: 'completed',
      total: 602,
      done: 602,
      registered: 600,
      failed: 2,
    });
    const { results } = (await call(MANAGER, 'GET', `${job}/results`)).body as {
      results: { row: number; reason?: string }[];
    };
    expect(results).toHaveLength(602);
    expect(results.filter(({ reason }) => reason !== undefined).map(({ reason, row }) => [row, reason])).toEqual([
      [601, 'not JSON'],
      [602, 'higher-role'],
    ]);
  });

  test('ID-G14 the same request again is the same job; the same rows again change nothing', async () => {
    const headers = { ...NDJSON, 'X-Request-ID': crypto.randomUUID() };
    const sent = rows('g14', 10).join('\n');
    const [first, again] = [
      await callWith(headers, MANAGER, { method: 'POST', path: '/bulk-jobs', body: sent }),
      await callWith(headers, MANAGER, { method: 'POST', path: '/bulk-jobs', body: sent }),
    ];
    expect(again.body['id']).toBe(first.body['id']);
    const other = await callWith(NDJSON, MANAGER, { method: 'POST', path: '/bulk-jobs', body: sent });
    expect((await call(MANAGER, 'GET', `/bulk-jobs/${String(other.body['id'])}`)).body).toMatchObject({
      unchanged: 10,
    });
  });

  test('ID-G15 a job whose worker is gone goes on when it is asked for', async () => {
    const { identity } = world.spine;
    const { submit } = identity;
    identity.submit = (kind, ...rest) =>
      kind === 'bulk-chunk' && rest[1].name === 'finish-chunk'
        ? Promise.resolve({ kind: 'unavailable', reason: 'broken', retryAfterSeconds: 1 })
        : submit(kind, ...rest);
    const answer = await callWith(NDJSON, MANAGER, {
      method: 'POST',
      path: '/bulk-jobs',
      body: rows('g15', 300).join('\n'),
    });
    identity.submit = submit;
    const job = `/bulk-jobs/${String(answer.body['id'])}`;
    const running = await call(MANAGER, 'GET', job);
    expect([running.body['status'], running.headers.get('Retry-After')]).toEqual(['running', '1']);
    world.now += 20_000;
    await call(MANAGER, 'GET', job);
    expect((await call(MANAGER, 'GET', job)).body).toMatchObject({ status: 'completed', done: 300, failed: 0 });
  });

  test('ID-G16 for the own organisation, of a known type, with rows; others do not see it', async () => {
    const sent = rows('g16', 2).join('\n');
    expect((await call(MANAGER, 'POST', '/bulk-jobs', sent)).status).toBe(415);
    expect((await callWith(NDJSON, MANAGER, { method: 'POST', path: '/bulk-jobs', body: '' })).status).toBe(400);
    expect(
      (await callWith(NDJSON, MANAGER, { method: 'POST', path: '/bulk-jobs?organisation=B2B', body: sent })).status,
    ).toBe(403);
    expect((await callWith(NDJSON, STRANGER, { method: 'POST', path: '/bulk-jobs', body: sent })).status).toBe(403);
    const { body } = await callWith(NDJSON, MANAGER, { method: 'POST', path: '/bulk-jobs', body: sent });
    expect((await call(ELSEWHERE, 'GET', `/bulk-jobs/${String(body['id'])}`)).status).toBe(403);
    expect((await call(ELSEWHERE, 'GET', `/bulk-jobs/${String(body['id'])}/results`)).status).toBe(403);
    expect((await call(MANAGER, 'GET', '/bulk-jobs/nothing')).status).toBe(404);
  });
});
