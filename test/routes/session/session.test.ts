/** Messages of a session: one code path with HTTP, forms, bounds, ends. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  MAX_DENIALS,
  MAX_FRAME_CHARACTERS,
  MAX_IN_FLIGHT,
  RENEWAL_GRACE_MS,
} from '../../../src/routes/session/limits.ts';
import { PDS_SCOPE, World } from '../identity/world.ts';
import { Edge, enforced, NOW, patching, replied, REQUEST_ID, SCOPE, signer } from '../support.ts';
import type { Sent, Signer } from '../support.ts';
import { TestSession } from './harness.ts';

const PDS = '/personal-demographics/FHIR/R4';
const PATIENT = `${PDS}/Patient/9000000009`;

const get = (id: string | number, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  method: 'GET',
  path: PATIENT,
  headers: { 'X-Request-ID': REQUEST_ID },
  ...more,
});

let key: Signer;
beforeAll(async () => {
  key = await signer('RS512');
});

let edge: Edge;
let session: TestSession;
beforeEach(() => {
  edge = new Edge();
  session = new TestSession(() => edge.surroundings);
});

describe('messages and answers', () => {
  test('SES-01 a message is answered with its id, status, headers and body', async () => {
    expect(
      await session.ask(get('a-1', { headers: { 'x-request-id': REQUEST_ID, 'X-Correlation-ID': 'c-1' } })),
    ).toEqual({
      id: 'a-1',
      status: 200,
      headers: {
        'Content-Type': 'application/fhir+json',
        'X-Request-ID': REQUEST_ID,
        'X-Correlation-ID': 'c-1',
        ETag: 'W/"7"',
      },
      body: { resourceType: 'Patient', id: '9000000009', meta: { versionId: '7' } },
    });
  });

  test('SES-02 answers come as they are ready, not in the order asked', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    edge.spine.answer = async ({ key: nhsNumber }) => {
      if (nhsNumber === '9000000009') await held;
      return replied(`{"id":"${nhsNumber}"}`);
    };
    session.session.take(JSON.stringify(get(1)));
    session.session.take(JSON.stringify(get(2, { path: `${PDS}/Patient/9000000025` })));
    setTimeout(release, 5);
    expect((await session.heard()).map(({ id }) => id)).toEqual([2, 1]);
  });

  test('SES-03 several messages in a frame are answered in frames of several', async () => {
    session.session.take(JSON.stringify([get(1), get(2), get(3)]));
    expect((await session.heard()).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(session.frames).toHaveLength(1);
  });

  test('SES-03 who sends one message a frame gets one answer a frame', async () => {
    for (const id of [1, 2]) session.session.take(JSON.stringify(get(id)));
    await session.heard();
    expect(session.frames.map((frame) => frame[0])).toEqual(['{', '{']);
  });

  test('SES-03 an answer with letters beyond Latin 1 goes in a frame of its own, and arrives as it is', async () => {
    edge.spine.answer = ({ key: nhsNumber }) =>
      replied(`{"family":"${nhsNumber === '9000000009' ? 'Ŵyn' : 'Müller'}"}`);
    const latin = get(2, { path: `${PDS}/Patient/9000000025` });
    session.session.take(JSON.stringify([latin, get(1), { ...latin, id: 3 }]));
    const families = new Map((await session.heard()).map(({ id, body }) => [id, (body as { family: string }).family]));
    expect(families).toEqual(
      new Map([
        [2, 'Müller'],
        [3, 'Müller'],
        [1, 'Ŵyn'],
      ]),
    );
    expect(session.frames).toHaveLength(2);
  });

  const WISHES: readonly [string, string, Sent][] = [
    ['a read', '/Patient/9000000009', {}],
    ['a number that is none', '/Patient/9000000000', {}],
    ['no request id', '/Patient/9000000009', { headers: { 'X-Request-ID': null } }],
    ['a request id of another form', '/Patient/9000000009', { headers: { 'X-Request-ID': 'abc' } }],
    ['a change', '/Patient/9000000009', patching()],
    ['a change without a version', '/Patient/9000000009', patching({ headers: { 'If-Match': null } })],
    ['a change of another type', '/Patient/9000000009', patching({ headers: { 'Content-Type': 'text/plain' } })],
    ['a body that is not JSON', '/Patient/9000000009', patching({ body: '{"patches":' })],
    ['a body with a doubled key', '/Patient/9000000009', patching({ body: '{"patches":[],"patches":[]}' })],
    ['a body that is too long', '/Patient/9000000009', patching({ body: `"${'x'.repeat(1_048_576)}"` })],
    ['a body too long in bytes alone', '/Patient/9000000009', patching({ body: `"${'€'.repeat(400_000)}"` })],
    ['an unknown path', '/Nothing', {}],
    ['a path that is no service', 'https://edge.test/nowhere', {}],
    ['a path with dots', '/Patient/9000000025/../9000000009', {}],
    ['too many parameters', `/Patient?${'a=1&'.repeat(80)}`, {}],
    ['an address that is too long', `/Patient?family=${'x'.repeat(9_000)}`, {}],
    ['a method that is not served', '/Patient/9000000009', { method: 'DELETE' }],
    [
      'a batch',
      '/',
      {
        method: 'POST',
        body: { resourceType: 'Bundle', type: 'batch', entry: [] },
        headers: { 'Content-Type': 'application/json' },
      },
    ],
    ['a ping', '/_ping', {}],
    ['a page of the sandbox', 'https://edge.test/_ping', {}],
  ];

  test.each(WISHES)(
    'SES-04 %s is answered as over HTTP: status, headers, body and what the shards were asked',
    async (_name, path, sent) => {
      const overHttp = await edge.send(path, sent);
      const askedOverHttp = structuredClone(edge.spine.asked);
      edge.spine.asked.length = 0;
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries({ 'X-Request-ID': REQUEST_ID, ...sent.headers })) {
        if (value !== null) headers[name] = value;
      }
      const body = sent.body === undefined || typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
      const whole = path.startsWith('http') ? path.slice('https://edge.test'.length) : `${PDS}${path}`;
      const message = { id: 1, method: sent.method ?? 'GET', path: whole, headers, body };
      const answer = await session.ask(message);
      const text = await overHttp.text();
      expect(answer.status).toBe(overHttp.status);
      expect(parsed(answer.body)).toEqual(text === '' ? undefined : parsed(text));
      const told = new Headers(answer.headers);
      for (const [name, value] of overHttp.headers) {
        if (name !== 'cache-control' && name !== 'x-content-type-options')
          expect([name, told.get(name)]).toEqual([name, value]);
      }
      expect(edge.spine.asked).toEqual(askedOverHttp);
    },
  );

  test('SES-05 a body may be given as a JSON value: it counts as the text that JSON.stringify makes of it', async () => {
    const { headers, body } = patching();
    const asText = { id: 1, method: 'PATCH', path: PATIENT, headers: { 'X-Request-ID': REQUEST_ID, ...headers } };
    await session.ask({ ...asText, body: JSON.stringify(body) });
    await session.ask({ ...asText, body });
    const [first, second] = edge.spine.asked;
    expect(second).toEqual(first);
    expect(first?.options).toHaveProperty('fingerprint');
  });

  test('SES-06 what cannot be read is answered with 400 and the id, where it has one', async () => {
    for (const [message, id] of [
      [{ id: 1, path: PATIENT }, 1],
      [{ id: 2, method: 'get', path: PATIENT }, 2],
      [{ id: 3, method: 'GET', path: 'Patient' }, 3],
      [{ id: 4, method: 'GET', path: PATIENT, headers: { a: 1 } }, 4],
      [{ id: 5, method: 'GET', path: PATIENT, headers: [] }, 5],
      [{ id: {}, method: 'GET', path: PATIENT }, null],
      [{ id: 'x'.repeat(129), method: 'GET', path: PATIENT }, null],
      [{ method: 'GET', path: PATIENT }, null],
      ['GET', null],
      [null, null],
    ] as const) {
      expect(await session.ask(message)).toMatchObject({ id, status: 400 });
    }
    expect(session.closed).toBeNull();
    expect(edge.spine.asked).toEqual([]);
  });

  test('SES-06 a path leads to no other host', async () => {
    for (const path of ['//evil.test/x', '/\\evil.test/x', '/@evil.test']) {
      expect((await session.ask(get(1, { path }))).status).toBe(404);
    }
  });

  test('SES-06 a body nested beyond measure harms nobody', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    session.session.take(`{"id":1,"method":"PATCH","path":"${PATIENT}","body":${deep}}`);
    const [answer] = await session.heard();
    expect(answer?.status).toBe(400);
  });

  test('SES-07 a body of a service that is no JSON text of its own goes as a JSON string', async () => {
    const answer = await session.ask({ id: 1, method: 'GET', path: '/messageexchange/_ping', headers: {} });
    expect(answer.status).toBe(200);
    expect(typeof answer.body).toBe('string');
  });
});

const parsed = (text: unknown): unknown => {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
};

describe('who asks', () => {
  const bearer = async (expires = 600): Promise<string> =>
    `Bearer ${await key.sign({ scope: SCOPE.app }, { expires })}`;

  test('SES-10 the token of the connection, of an introduction or of the message: the nearest holds', async () => {
    edge.settings = enforced(key.keySet, { API_RATE: '0' });
    session = new TestSession(() => edge.surroundings);
    const one = await bearer();
    const opened = new TestSession(() => edge.surroundings, { connectionHeaders: { authorization: one } });
    expect((await opened.ask(get(1))).status).toBe(200);
    const bare = new TestSession(() => edge.surroundings);
    expect((await bare.ask(get(1))).status).toBe(401);
    bare.session.take(JSON.stringify({ headers: { Authorization: one } }));
    expect((await bare.ask(get(2))).status).toBe(200);
    expect((await bare.ask(get(3, { headers: { Authorization: 'Bearer n0ne' } }))).status).toBe(401);
    expect((await bare.ask(get(4))).status).toBe(200);
  });

  test('SES-10 an introduction holds for what comes after it, not for what is under way', async () => {
    edge.settings = enforced(key.keySet);
    session = new TestSession(() => edge.surroundings);
    const good = { headers: { Authorization: await bearer() } };
    session.session.take(JSON.stringify([get(1), good, get(2), { headers: {} }, get(3)]));
    const statuses = new Map((await session.heard()).map(({ id, status }) => [id, status]));
    expect([1, 2, 3].map((id) => statuses.get(id))).toEqual([401, 200, 401]);
  });

  test('SES-11 a token that expires is refused from then on, within the session', async () => {
    edge.settings = enforced(key.keySet);
    session = new TestSession(() => edge.surroundings);
    session.session.take(JSON.stringify({ headers: { Authorization: await bearer(60) } }));
    expect((await session.ask(get(1))).status).toBe(200);
    edge.now = NOW + 120_000;
    expect(await session.ask(get(2))).toMatchObject({ status: 401 });
  });

  test('SES-11 a token whose app is revoked is refused within a second, within the session', async () => {
    const world = await World.make();
    await world.register('short', { jwks: { keys: [world.app.jwk] }, scopes: [PDS_SCOPE('app:level3')] });
    const token = await world.appToken('short');
    const { settings } = world.edge;
    const opened = new TestSession(() => ({ spine: world.spine, settings, now: world.now }), {
      connectionHeaders: { authorization: `Bearer ${token}` },
    });
    expect((await opened.ask(get(1))).status).toBe(200);
    await world.register('short', {
      jwks: { keys: [world.app.jwk] },
      scopes: [PDS_SCOPE('app:level3')],
      status: 'revoked',
    });
    world.now += 1_000;
    expect((await opened.ask(get(2))).status).toBe(401);
  });

  test('SES-12 a client that is refused for want of a token again and again is shown out', async () => {
    edge.settings = enforced(key.keySet);
    session = new TestSession(() => edge.surroundings);
    for (let id = 0; id < MAX_DENIALS; id++) await session.ask(get(id));
    await session.heard();
    expect(session.closed?.code).toBe(4401);
    expect(session.answers).toHaveLength(MAX_DENIALS);
  });

  test('SES-13 what the platform says of a caller cannot be said by a message', async () => {
    const opened = new TestSession(() => edge.surroundings, { connectionHeaders: { 'cf-connecting-ip': '192.0.2.1' } });
    const path = '/patient-flags-api/FHIR/R4/Flag?patient=9000000009';
    edge.spine.answer = () => replied('[]');
    await opened.ask(get(1, { path, headers: { 'X-Request-ID': REQUEST_ID, 'CF-Connecting-IP': '203.0.113.9' } }));
    expect(edge.spine.only.options.agent).toMatchObject({ address: '192.0.2.1' });
  });

  test('SES-14 the quota of an application counts messages as it counts requests', async () => {
    edge.settings = enforced(key.keySet);
    session = new TestSession(() => edge.surroundings);
    const headers = { Authorization: await bearer(), 'X-Request-ID': REQUEST_ID };
    session.session.take(JSON.stringify(Array.from({ length: 8 }, (_, id) => get(id, { headers }))));
    const statuses = (await session.heard()).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  });
});

describe('bounds and ends', () => {
  test('SES-20 beyond the bound in flight a message is refused at once with 429, and room comes back', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    edge.spine.answer = async () => {
      await held;
      return replied('{}');
    };
    const messages = Array.from({ length: MAX_IN_FLIGHT + 3 }, (_, id) => get(id));
    session.session.take(JSON.stringify(messages));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(session.answers.map(({ id, status }) => [id, status])).toEqual([
      [MAX_IN_FLIGHT, 429],
      [MAX_IN_FLIGHT + 1, 429],
      [MAX_IN_FLIGHT + 2, 429],
    ]);
    expect(session.answers[0]?.headers['Retry-After']).toBe('1');
    release();
    expect(await session.heard()).toHaveLength(MAX_IN_FLIGHT + 3);
    expect((await session.ask(get('again'))).status).toBe(200);
  });

  test('SES-21 bytes, texts that are no JSON and frames that are too long end the session', () => {
    const ends = [new Uint8Array(3).buffer, '{"id":', `"${'x'.repeat(MAX_FRAME_CHARACTERS)}"`].map((data) => {
      const opened = new TestSession(() => edge.surroundings);
      opened.session.take(data);
      return opened.closed?.code;
    });
    expect(ends).toEqual([1003, 1007, 1009]);
  });

  test('SES-22 when what the platform gives one connection runs out, the client is told and the session ends after the last answer', async () => {
    const opened = new TestSession(() => edge.surroundings, { callsBeforeRenewal: 2 });
    edge.spine.answer = () => {
      opened.calls++;
      return replied('{}');
    };
    await opened.ask(get(1));
    expect(opened.frames).not.toContain('{"renew":true}');
    await opened.ask(get(2));
    expect(opened.frames.filter((frame) => frame === '{"renew":true}')).toHaveLength(1);
    // What crossed the notice on the wire is still answered.
    expect((await opened.ask(get(3))).status).toBe(200);
    const deadline = Date.now() + RENEWAL_GRACE_MS;
    while (opened.closed === null && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(opened.closed?.code).toBe(4001);
  }, 30_000);

  test('SES-23 after the end nothing is taken and nothing is sent', async () => {
    session.session.take(JSON.stringify(get(1)));
    session.session.end();
    session.session.take(JSON.stringify(get(2)));
    await session.heard();
    expect(session.frames).toEqual([]);
    expect(edge.spine.asked).toHaveLength(1);
  });

  test('SES-24 a failure of ours is one answer of 500 and tells nothing', async () => {
    edge.spine.answer = () => Promise.reject(new Error('secret 9000000009'));
    const answer = await session.ask(get(1));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('secret');
    edge.spine.answer = () => replied('{}');
    expect((await session.ask(get(2))).status).toBe(200);
  });
});
