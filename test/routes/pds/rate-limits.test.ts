/** Scopes, modes, roles, and what each mode may do; rate limits. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Edge, enforced, refusalIn, SCOPE, signer } from '../support.ts';
import type { Sent, Signer } from '../support.ts';

const OWN = '9000000009';

let key: Signer;
beforeAll(async () => {
  key = await signer('ES256');
});

const MANY = { rate: 1_000 };

async function edgeAs(claims: Readonly<Record<string, unknown>>) {
  const edge = new Edge(enforced(key.keySet));
  const token = await key.sign({ ...MANY, ...claims });
  const send = (path: string, sent: Sent = {}) =>
    edge.send(path, { ...sent, headers: { Authorization: `Bearer ${token}`, ...sent.headers } });
  return { edge, send };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('rate limits', () => {
  const burst = async (send: () => Promise<Response>, times: number) => {
    const responses: Response[] = [];
    for (let i = 0; i < times; i++) responses.push(await send());
    return responses;
  };

  test('PDS-A19 five requests a second for each app, then 429 with Retry-After', async () => {
    const { edge, send } = await edgeAs({ scope: SCOPE.app, rate: undefined });
    const responses = await burst(() => send(`/Patient/${OWN}`), 6);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    const last = responses[5] ?? new Response();
    expect(last.headers.get('Retry-After')).toBe('1');
    expect(last.headers.get('Content-Type')).toBe('application/json');
    expect(await refusalIn(last)).toEqual({
      status: 429,
      code: 'TOO_MANY_REQUESTS',
      display: 'Too many requests',
      issueCode: 'value',
      severity: 'error',
      diagnostics:
        'Your application, App One, has exceeded its quota of 5 requests every 1 second(s) and is being rate limited. Please see: https://digital.nhs.uk/developer/guides-and-documentation/reference-guide#rate-limits for more details.',
    });
    edge.now += 400;
    expect((await burst(() => send(`/Patient/${OWN}`), 3)).map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  test('PDS-A19 one app does not spend the quota of another', async () => {
    const { edge, send } = await edgeAs({ scope: SCOPE.app, rate: 1 });
    await burst(() => send(`/Patient/${OWN}`), 2);
    const token = await key.sign({ scope: SCOPE.app, rate: 1, client_id: 'app-2' });
    expect((await edge.send(`/Patient/${OWN}`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  test('PDS-A19 the registration of an app may set quota and spike', async () => {
    const { send } = await edgeAs({ scope: SCOPE.app, rate: { requests: 2, interval: 1, unit: 'minute' } });
    const [, , third] = await burst(() => send(`/Patient/${OWN}`), 3);
    expect((await refusalIn(third ?? new Response())).diagnostics).toContain('quota of 2 requests every 1 minute(s)');
    expect(third?.headers.get('Retry-After')).toBe('30');
    const spiky = await edgeAs({ scope: SCOPE.app, spike: 1, client_id: 'spiky' });
    const [, second] = await burst(() => spiky.send(`/Patient/${OWN}`), 2);
    expect((await refusalIn(second ?? new Response())).diagnostics).toBe(
      'Your application, App One, has created a spike in traffic and is being rate limited. Please reduce the frequency of your requests. Please see: https://digital.nhs.uk/developer/guides-and-documentation/reference-guide#rate-limits for more details.',
    );
  });

  test('PDS-A19 the whole API has a bound where one is set', async () => {
    const edge = new Edge(enforced(key.keySet, { API_RATE: '1' }));
    const send = async (id: string) =>
      edge.send(`/Patient/${OWN}`, {
        headers: { Authorization: `Bearer ${await key.sign({ scope: SCOPE.app, client_id: id })}` },
      });
    expect((await send('a')).status).toBe(200);
    expect((await refusalIn(await send('b'))).diagnostics).toMatch(
      /^This API is currently receiving a high volume of requests and is being rate limited\./,
    );
  });

  test('PDS-A20 three creates a second, counted before the mode is looked at', async () => {
    const { edge, send } = await edgeAs({ scope: SCOPE.app });
    const responses = await burst(() => send('/Patient', { method: 'POST', headers: JSON_TYPE, body: {} }), 4);
    expect(responses.map(({ status }) => status)).toEqual([403, 403, 403, 429]);
    expect((await refusalIn(responses[3] ?? new Response())).diagnostics).toBe(
      'There have been too many Create Patient requests. Please try again later.',
    );
    expect((await send(`/Patient/${OWN}`)).status).toBe(200);
    expect(edge.spine.asked).toHaveLength(1);
  });

  test('PDS-A19 the rate is looked at after the token and before all else', async () => {
    const { send } = await edgeAs({ scope: SCOPE.p0, rate: 1 });
    expect((await send('/HelloWorld')).status).toBe(403);
    expect((await send('/HelloWorld')).status).toBe(429);
  });

  test('PDS-A19 open access is not limited', async () => {
    const edge = new Edge();
    const responses = await burst(() => edge.send(`/Patient/${OWN}`), 30);
    expect(responses.every(({ status }) => status === 200)).toBe(true);
  });

  test('PDS-A19 a clock that steps back neither refills nor blocks', async () => {
    const { edge, send } = await edgeAs({ scope: SCOPE.app, rate: 1 });
    await send(`/Patient/${OWN}`);
    edge.now -= 60_000;
    expect((await send(`/Patient/${OWN}`)).status).toBe(429);
    edge.now += 61_500;
    expect((await send(`/Patient/${OWN}`)).status).toBe(200);
  });
});
