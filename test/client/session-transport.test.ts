/** One WebSocket for all requests: frames, bound in flight, losses, renewal, introductions. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ConnectionLost } from '../../client/errors.ts';
import { SessionTransport } from '../../client/session-transport.ts';
import { SpineClient } from '../../client/spine-client.ts';
import type { WireReply } from '../../client/transport.ts';
import { FakeSocket } from './fake-transport.ts';

const COMMON = {};
const get = (path: string) => ({ method: 'GET', path, headers: { 'X-Request-ID': path } });
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const answer = (id: number, body: unknown = {}) => ({ id, status: 200, headers: {}, body });
const failure = (sent: Promise<WireReply>) =>
  sent.then(
    () => null,
    (error: unknown) => error,
  );

let transport: SessionTransport;
beforeEach(() => {
  FakeSocket.made = [];
  transport = new SessionTransport({ url: 'ws://edge.test/session', WebSocket: FakeSocket, inFlight: 4 });
});

describe('frames', () => {
  test('CLI-08 nothing is sent before the socket is open; then what waited shares a frame', async () => {
    const sent = ['/a', '/b', '/c'].map((path) => transport.send(get(path), COMMON));
    await turn();
    const socket = FakeSocket.last;
    expect(socket.frames).toEqual([]);
    socket.open();
    expect(socket.frames).toHaveLength(1);
    expect(socket.messages.map(({ path }) => path)).toEqual(['/a', '/b', '/c']);
    socket.say(socket.messages.map(({ id, path }) => answer(id, path)).toReversed());
    expect((await Promise.all(sent)).map(({ body }) => body)).toEqual(['/a', '/b', '/c']);
    expect(FakeSocket.made).toHaveLength(1);
  });

  test('CLI-08 never more than the bound are unanswered; an answer makes room', async () => {
    const sent = Array.from({ length: 6 }, (_, index) => transport.send(get(`/${index}`), COMMON));
    await turn();
    const socket = FakeSocket.last;
    socket.open();
    expect(socket.messages).toHaveLength(4);
    socket.say(answer(socket.messages[0]?.id ?? 0));
    await turn();
    expect(socket.messages).toHaveLength(5);
    socket.say(socket.messages.slice(1).map(({ id }) => answer(id)));
    await turn();
    socket.say(answer(socket.messages[5]?.id ?? 0));
    expect(await Promise.all(sent)).toHaveLength(6);
  });

  test('CLI-08 a body goes as its text', async () => {
    const body = '{"patches":[]}';
    void transport.send({ method: 'PATCH', path: '/x', headers: {}, body }, COMMON).catch(() => undefined);
    await turn();
    FakeSocket.last.open();
    expect(FakeSocket.last.messages[0]).toMatchObject({ method: 'PATCH', body });
  });

  test('CLI-10 common headers go ahead once, and again when they change', async () => {
    const one = { Authorization: 'Bearer one' };
    const two = { Authorization: 'Bearer two' };
    for (const common of [one, one, two]) void transport.send(get('/x'), common).catch(() => undefined);
    await turn();
    FakeSocket.last.open();
    expect(FakeSocket.last.introductions).toEqual([{ headers: one }, { headers: two }]);
    expect(FakeSocket.last.frames.join('')).toMatch(/one.*"id":1.*"id":2.*two.*"id":3/);
  });
});

describe('losses', () => {
  test('CLI-09 what was unanswered fails as lost, what was not sent goes by a new socket', async () => {
    const sent = Array.from({ length: 6 }, (_, index) => transport.send(get(`/${index}`), COMMON));
    const ends = sent.map(failure);
    await turn();
    const first = FakeSocket.last;
    first.open();
    first.say(answer(first.messages[0]?.id ?? 0));
    first.lose();
    await turn();
    const second = FakeSocket.last;
    expect(second).not.toBe(first);
    second.open();
    second.say(second.messages.map(({ id }) => answer(id)));
    const errors = await Promise.all(ends);
    expect(errors.map((error) => error instanceof ConnectionLost)).toEqual([false, true, true, true, false, false]);
  });

  test('CLI-09 where no socket opens all fail, and the next request tries again', async () => {
    const end = failure(transport.send(get('/a'), COMMON));
    await turn();
    // As Node does it: an error, and no close.
    FakeSocket.last.fail();
    expect(await end).toBeInstanceOf(ConnectionLost);
    void transport.send(get('/b'), COMMON).catch(() => undefined);
    await turn();
    expect(FakeSocket.made).toHaveLength(2);
  });

  test('CLI-09 a session that asks to be renewed answers what it has; new requests go by a new one', async () => {
    const old = transport.send(get('/old'), COMMON);
    await turn();
    const first = FakeSocket.last;
    first.open();
    first.say({ renew: true });
    const fresh = transport.send(get('/new'), COMMON);
    await turn();
    const second = FakeSocket.last;
    expect(second).not.toBe(first);
    second.open();
    expect(second.messages.map(({ path }) => path)).toEqual(['/new']);
    first.say(answer(first.messages[0]?.id ?? 0, 'old'));
    first.lose(4001);
    second.say(answer(second.messages[0]?.id ?? 0, 'new'));
    expect([(await old).body, (await fresh).body]).toEqual(['old', 'new']);
  });

  test('CLI-09 an aborted request is not sent once the socket opens, and its answer is nobody’s', async () => {
    const controller = new AbortController();
    const end = failure(transport.send(get('/a'), COMMON, controller.signal));
    await turn();
    controller.abort(new Error('enough'));
    expect(await end).toMatchObject({ message: 'enough' });
    FakeSocket.last.open();
    expect(FakeSocket.last.messages).toEqual([]);
  });

  test('CLI-09 close ends everything', async () => {
    const end = failure(transport.send(get('/a'), COMMON));
    await turn();
    FakeSocket.last.open();
    transport.close();
    expect(await end).toBeInstanceOf(ConnectionLost);
    expect(FakeSocket.last.closedWith).toBe(1000);
  });
});

describe('the platform', () => {
  test('CLI-11 without a WebSocket a session is refused with a way out, and auto takes HTTP', async () => {
    const kept: unknown = Reflect.get(globalThis, 'WebSocket');
    Reflect.set(globalThis, 'WebSocket', undefined);
    try {
      expect(() => new SpineClient({ url: 'http://edge.test', transport: 'session' })).toThrow(/option WebSocket/);
      const asked: string[] = [];
      const fetched = (url: string): Promise<Response> => {
        asked.push(url);
        return Promise.resolve(Response.json({ resourceType: 'Patient' }, { headers: { ETag: 'W/"3"' } }));
      };
      const client = new SpineClient({ url: 'http://edge.test/', transport: 'auto', fetch: fetched });
      expect(await client.getPatient('9000000009')).toMatchObject({ status: 200, version: 3 });
      expect(asked).toEqual(['http://edge.test/personal-demographics/FHIR/R4/Patient/9000000009']);
    } finally {
      Reflect.set(globalThis, 'WebSocket', kept);
    }
  });

  test('CLI-11 a WebSocket given is the one used', async () => {
    const client = new SpineClient({ url: 'https://edge.test', transport: 'session', WebSocket: FakeSocket });
    const patient = client.getPatient('9000000009');
    await turn();
    expect(FakeSocket.last.url).toBe('wss://edge.test/session');
    FakeSocket.last.open();
    const [message] = FakeSocket.last.messages;
    FakeSocket.last.say({ ...answer(message?.id ?? 0, { resourceType: 'Patient' }), headers: { ETag: 'W/"9"' } });
    expect(await patient).toMatchObject({ version: 9, body: { resourceType: 'Patient' } });
    client.close();
  });
});
