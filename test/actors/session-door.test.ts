/** A session in the real Worker over real actors: the upgrade, frames, the grouping into one call per shard. */
import { describe, expect, test } from 'vitest';
import { openSession, isSession } from '../../src/routes/session/door.ts';
import { readSettings } from '../../src/routes/settings.ts';
import { ask, BASE, bundle, doors, load, numbersOn, patching, person } from './spine.ts';

const settings = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local', OPERATOR_KEY: 'operator-1' });
const PDS = new URL(BASE).pathname;
const SLOW = { timeout: 60_000 };

interface Answer {
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const upgrade = (headers: Readonly<Record<string, string>> = { Upgrade: 'websocket' }): Response =>
  openSession(new Request('https://edge.test/session', { headers }), { spine: doors, settings });

/** Sends frames over one session and waits for so many answers. */
async function talk(frames: readonly unknown[], expected: number): Promise<Answer[]> {
  const socket = upgrade().webSocket;
  if (socket === null) throw new Error('no socket');
  const answers: Answer[] = [];
  const all = new Promise<void>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      answers.push(...[JSON.parse(String(data)) as Answer | Answer[]].flat());
      if (answers.length >= expected) resolve();
    });
  });
  socket.accept();
  for (const frame of frames) socket.send(JSON.stringify(frame));
  await all;
  socket.close(1000);
  return answers;
}

const message = (id: number, method: string, number: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  method,
  path: `${PDS}/Patient/${number}`,
  headers: { 'X-Request-ID': crypto.randomUUID(), 'Content-Type': 'application/json', 'If-Match': 'W/"1"' },
  ...more,
});

const gender = (value: string) => JSON.stringify({ patches: [{ op: 'replace', path: '/gender', value }] });

describe('the door', () => {
  test('SES-30 a session is asked for at /session, and only as a WebSocket', async () => {
    for (const url of ['https://edge.test/session', 'https://edge.test/session?a=1']) {
      expect(isSession(new Request(url))).toBe(true);
    }
    for (const url of ['https://edge.test/sessions', 'https://edge.test/x/session', 'https://edge.test/']) {
      expect(isSession(new Request(url))).toBe(false);
    }
    const refused = upgrade({});
    expect([refused.status, refused.headers.get('Upgrade')]).toEqual([426, 'websocket']);
    await refused.text();
  });

  test('SES-30 where the settings are at fault no session opens', async () => {
    const request = new Request('https://edge.test/session', { headers: { Upgrade: 'WebSocket' } });
    const fault = readSettings({ ACCESS: 'open', ENVIRONMENT: 'live' });
    const refused = openSession(request, { spine: doors, settings: fault });
    expect(refused.status).toBe(503);
    await refused.text();
  });
});

describe('over real shards', () => {
  test('SES-31 reads and changes of several shards, each answered once and committed', SLOW, async () => {
    const numbers = numbersOn('same', 'other', 'other', 'same');
    await load(...numbers.map((number) => person(number)));
    const reads = numbers.map((number, index) => message(index, 'GET', number));
    const changes = numbers.map((number, index) => message(100 + index, 'PATCH', number, { body: gender('male') }));
    const read = await talk([reads], reads.length);
    expect(read.map(({ status }) => status)).toEqual(numbers.map(() => 200));
    const changed = await talk([changes], changes.length);
    expect(changed.map(({ status, headers }) => [status, headers['ETag']])).toEqual(numbers.map(() => [200, 'W/"2"']));
    for (const number of numbers)
      expect(await (await ask(`/Patient/${number}`)).json()).toMatchObject({ gender: 'male' });
  });

  test('SES-31 one refused change spoils none of the others in its group', SLOW, async () => {
    const numbers = numbersOn('same', 'same');
    await load(...numbers.map((number) => person(number)));
    const [one = '', two = '', three = ''] = numbers;
    const stale = { 'X-Request-ID': crypto.randomUUID(), 'Content-Type': 'application/json', 'If-Match': 'W/"7"' };
    const answers = await talk(
      [
        [
          message(1, 'PATCH', one, { body: gender('male') }),
          message(2, 'PATCH', two, { headers: stale, body: gender('male') }),
          message(3, 'PATCH', three, { body: gender('male') }),
        ],
      ],
      3,
    );
    const statuses = new Map(answers.map(({ id, status }) => [id, status]));
    expect([1, 2, 3].map((id) => statuses.get(id))).toEqual([200, 409, 200]);
  });

  test('SES-32 a change sent again by another session or over HTTP gives the stored answer', SLOW, async () => {
    const [number = ''] = numbersOn();
    await load(person(number));
    const requestId = crypto.randomUUID();
    const headers = { 'X-Request-ID': requestId, 'Content-Type': 'application/json', 'If-Match': 'W/"1"' };
    const change = message(1, 'PATCH', number, { headers, body: gender('male') });
    const [first] = await talk([change], 1);
    const [second] = await talk([change, change], 2);
    const overHttp = await ask(`/Patient/${number}`, { method: 'PATCH', headers, requestId, body: gender('male') });
    expect(first?.status).toBe(200);
    expect(second).toEqual(first);
    expect([overHttp.status, overHttp.headers.get('ETag'), await overHttp.json()]).toEqual([200, 'W/"2"', first?.body]);
  });

  test('SES-33 the entries of a batch Bundle for one shard reach it in one call', SLOW, async () => {
    const numbers = numbersOn('same', 'same', 'same');
    await load(...numbers.map((number) => person(number)));
    let calls = 0;
    const patients = { ...doors.patients, together: () => doors.patients.together(() => calls++) };
    const request = new Request(`${BASE}/`, {
      method: 'POST',
      headers: { 'X-Request-ID': crypto.randomUUID(), 'Content-Type': 'application/json' },
      body: JSON.stringify(bundle('batch', ...numbers.map((number) => patching(number, 1)))),
    });
    const { route } = await import('../../src/routes/router.ts');
    const response = await route(request, { spine: { ...doors, patients }, settings, now: Date.now() });
    const { entry } = (await response.json()) as { entry: { response: { status: string } }[] };
    expect(entry.map(({ response: { status } }) => status.slice(0, 3))).toEqual(numbers.map(() => '200'));
    expect(calls).toBe(1);
  });
});
