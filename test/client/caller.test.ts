/** One call until it is answered for good: ids, repeats, budget, time, abort, errors. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Caller } from '../../client/caller.ts';
import type { CallerSettings, SpineCall } from '../../client/caller.ts';
import { ConnectionLost, SpineError, SpineRefusal, SpineTimeout, SpineUnavailable } from '../../client/errors.ts';
import { RETRY_DEFAULTS } from '../../client/retry.ts';
import type { WireReply } from '../../client/transport.ts';
import { FakeTransport, reply } from './fake-transport.ts';

const READ: SpineCall = { method: 'GET', path: '/Patient/9000000009' };
const OK = reply(200, { id: '1' }, { etag: 'W/"7"' });
const LOST = new ConnectionLost('cut');

const OUTCOME = {
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'error',
      code: 'structure',
      details: { coding: [{ code: 'RESOURCE_VERSION_MISMATCH', display: 'Resource version mismatch' }] },
      diagnostics: 'Invalid update with error - This resource has changed since you last read.',
    },
  ],
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets all waits pass. */
async function settled<T>(work: Promise<T>): Promise<T | Error> {
  const caught = work.catch((error: unknown) => error as Error);
  await vi.runAllTimersAsync();
  return caught;
}

const call = (transport: FakeTransport, settings: CallerSettings = {}, asked: SpineCall = READ) =>
  settled(new Caller(transport, settings).call(asked));

describe('repeats', () => {
  test('CLI-01 all sendings of a call carry one id, two calls two', async () => {
    const transport = new FakeTransport(reply(503), LOST, OK);
    const caller = new Caller(transport, {});
    const answer = await settled(caller.call(READ));
    expect(answer).toMatchObject({ status: 200, version: 7, attempts: 3, body: { id: '1' } });
    await settled(caller.call(READ));
    const [first, second, third, fourth] = transport.requestIds;
    expect(first).toMatch(/^[0-9a-f]{8}-/);
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
  });

  test('CLI-01 the id that the caller gives is kept', async () => {
    const transport = new FakeTransport(LOST, OK);
    const answer = await call(transport, {}, { ...READ, requestId: 'mine' });
    expect(transport.requestIds).toEqual(['mine', 'mine']);
    expect(answer).toMatchObject({ requestId: 'mine' });
  });

  test.each([408, 425, 429, 500, 502, 503, 504])('CLI-02 %i is sent again', async (status) => {
    const transport = new FakeTransport(reply(status), OK);
    expect(await call(transport)).toMatchObject({ status: 200, attempts: 2 });
  });

  test.each([400, 401, 403, 404, 409, 412, 413, 422])('CLI-02 %i is not', async (status) => {
    const transport = new FakeTransport(reply(status, OUTCOME), OK);
    expect(await call(transport)).toBeInstanceOf(SpineRefusal);
    expect(transport.sent).toHaveLength(1);
  });

  test('CLI-02 six sendings, each wait double the last up to three seconds, a fifth more or less', async () => {
    const transport = new FakeTransport(reply(503));
    const times: number[] = [];
    const send = transport.send.bind(transport);
    transport.send = (...sent) => {
      times.push(Date.now());
      return send(...sent);
    };
    const error = await call(transport);
    expect(error).toBeInstanceOf(SpineUnavailable);
    expect(error).toMatchObject({ status: 503, attempts: RETRY_DEFAULTS.attempts });
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toHaveLength(5);
    for (const [index, middle] of [250, 500, 1_000, 2_000, 3_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(middle * 0.8 - 1);
      expect(waits[index]).toBeLessThanOrEqual(middle * 1.2 + 1);
    }
  });

  test('CLI-02 a repeat waits as long as the server asked for', async () => {
    const transport = new FakeTransport(reply(429, undefined, { 'retry-after': '5' }), OK);
    const before = Date.now();
    expect(await call(transport)).toMatchObject({ attempts: 2 });
    expect(Date.now() - before).toBeGreaterThanOrEqual(5_000);
  });

  test('CLI-03 repeats are at most ten and a tenth of the calls', async () => {
    const transport = new FakeTransport(reply(503));
    const caller = new Caller(transport, {});
    const calls = 100;
    for (let i = 0; i < calls; i++) await settled(caller.call(READ));
    expect(transport.sent.length - calls).toBeGreaterThan(10);
    expect(transport.sent.length - calls).toBeLessThanOrEqual(10 + calls * RETRY_DEFAULTS.budget);
  });
});

test('CLI-03 the budget may be lifted', async () => {
  const transport = new FakeTransport(reply(503));
  const retry = { attempts: 50, budget: Infinity, firstWaitMs: 1, greatestWaitMs: 1 };
  expect(await call(transport, { retry })).toMatchObject({ attempts: 50 });
});

describe('time and abort', () => {
  test('CLI-04 a sending without an answer is given up and sent again', async () => {
    const transport = new FakeTransport('never', OK);
    expect(await call(transport, { attemptTimeoutMs: 1_000 })).toMatchObject({ attempts: 2 });
  });

  test('CLI-04 the time of the call holds over all sendings; the error says what is known', async () => {
    const transport = new FakeTransport('never');
    const before = Date.now();
    const error = await call(transport, {}, { ...READ, timeoutMs: 20_000, requestId: 'r-1' });
    expect(Date.now() - before).toBeLessThanOrEqual(20_500);
    expect(error).toBeInstanceOf(SpineTimeout);
    expect(error).toMatchObject({ requestId: 'r-1', status: 0 });
  });

  test('CLI-04 no wait begins that would outlast the call', async () => {
    const transport = new FakeTransport(reply(503, undefined, { 'Retry-After': '30' }));
    const before = Date.now();
    expect(await call(transport, { timeoutMs: 10_000 })).toBeInstanceOf(SpineTimeout);
    expect(Date.now() - before).toBeLessThan(1_000);
  });

  test('CLI-05 an abort ends a call that waits for its answer, with the reason given', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 50);
    expect(await call(new FakeTransport('never'), {}, { ...READ, signal: controller.signal })).toBe(reason);
  });

  test('CLI-05 an abort ends a call that waits to send again', async () => {
    const controller = new AbortController();
    const transport = new FakeTransport(reply(503, undefined, { 'Retry-After': '20' }));
    const before = Date.now();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    expect(await call(transport, {}, { ...READ, signal: controller.signal })).toMatchObject({ message: 'enough' });
    expect(Date.now() - before).toBeLessThan(1_000);
    expect(transport.sent).toHaveLength(1);
  });

  test('CLI-05 a call that was aborted before it began sends nothing', async () => {
    const transport = new FakeTransport(OK);
    expect(await call(transport, {}, { ...READ, signal: AbortSignal.abort(new Error('before')) })).toMatchObject({
      message: 'before',
    });
    expect(transport.sent).toHaveLength(0);
  });
});

describe('errors', () => {
  test('CLI-06 a refusal tells its status, the Spine code, the diagnostics and the whole OperationOutcome', async () => {
    const asked: SpineCall = { ...READ, method: 'PATCH', body: { patches: [] }, requestId: 'r-2' };
    const error = await call(new FakeTransport(reply(409, OUTCOME)), {}, asked);
    expect(error).toBeInstanceOf(SpineRefusal);
    expect(error).toBeInstanceOf(SpineError);
    expect(error).toMatchObject({
      status: 409,
      code: 'RESOURCE_VERSION_MISMATCH',
      diagnostics: OUTCOME.issue[0]?.diagnostics,
      outcome: OUTCOME,
      requestId: 'r-2',
      attempts: 1,
    });
    expect((error as Error).message).toBe(
      'PATCH /Patient/9000000009: 409 · RESOURCE_VERSION_MISMATCH · Resource version mismatch · Invalid update with error - This resource has changed since you last read.',
    );
  });

  test('CLI-06 a query stays out of the message: it may hold a name', async () => {
    const asked: SpineCall = { method: 'GET', path: '/Patient?family=Harker' };
    const error = await call(new FakeTransport(reply(400, OUTCOME)), {}, asked);
    expect((error as Error).message).not.toContain('Harker');
  });

  test('CLI-06 no answer at all is an error of its own, with the cause', async () => {
    const error = await call(new FakeTransport(LOST), { retry: { attempts: 2 } });
    expect(error).toBeInstanceOf(SpineUnavailable);
    expect(error).toMatchObject({ status: 0, attempts: 2, cause: LOST });
  });

  test('CLI-06 a body that is no OperationOutcome is given as it came', async () => {
    const error = await call(new FakeTransport(reply(404, { error: 'Not found' })));
    expect(error).toMatchObject({ outcome: undefined, code: undefined, body: { error: 'Not found' } });
  });
});

describe('headers', () => {
  test('CLI-10 the token may be a function; the same token gives the same common headers', async () => {
    let token = 'one';
    const transport = new FakeTransport(OK as WireReply);
    const caller = new Caller(transport, {
      token: () => Promise.resolve(token),
      headers: { 'NHSD-Session-URID': '1' },
    });
    await settled(caller.call(READ));
    await settled(caller.call(READ));
    token = 'two';
    await settled(caller.call(READ));
    const [first, second, third] = transport.sent.map(({ common }) => common);
    expect(second).toBe(first);
    expect([first, third]).toEqual([
      { Authorization: 'Bearer one', 'NHSD-Session-URID': '1' },
      { Authorization: 'Bearer two', 'NHSD-Session-URID': '1' },
    ]);
  });
});
