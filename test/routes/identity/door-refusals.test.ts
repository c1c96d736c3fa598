/** Bearers that must not get in: each fails closed and is noted. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { flipped, hmac } from './refused.ts';
import type { Make } from './refused.ts';
import { keyPair, ORIGIN, PDS_SCOPE, signed, tokenIn, unsigned, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
beforeEach(() => {
  world.now += 60_000;
});

describe('the door of PDS', () => {
  const HOUR = {
    exp: 9_999_999_999,
    iss: `${ORIGIN}/oauth2`,
    aud: 'edge-spine',
    client_id: 'app',
    scope: PDS_SCOPE('app:level3'),
  };
  const AT = { alg: 'ES256', typ: 'at+jwt', kid: 'spine-1' } as const;
  const forged = (more: Record<string, unknown> = {}, header: Record<string, unknown> = {}, keys = world.signer) =>
    signed({ ...HOUR, standing: {}, ...more }, { ...AT, ...header }, keys.privateKey);
  const DOORS: readonly (readonly [string, string, Make])[] = [
    ['a token of alg none', 'Invalid Access Token', () => unsigned({ alg: 'none', typ: 'at+jwt' }, HOUR, '')],
    [
      'HS256 with our public key',
      'Invalid Access Token',
      () => signed(HOUR, { alg: 'HS256', typ: 'at+jwt', kid: 'spine-1' }, hmac(JSON.stringify(world.signer.jwk))),
    ],
    [
      "a stranger's key under our kid",
      'Invalid Access Token',
      async () => signed(HOUR, AT, (await keyPair('ES256', 'spine-1')).privateKey),
    ],
    [
      "the app's own key",
      'Invalid Access Token',
      () => signed(HOUR, { alg: 'RS512', kid: 'app-1' }, world.app.privateKey),
    ],
    ['a client assertion as bearer', 'Invalid Access Token', () => world.assertion()],
    ['an id token as bearer', 'Invalid Access Token', () => world.cis2Token()],
    ['another issuer', 'Invalid Access Token', () => forged({ iss: 'https://evil.test' })],
    ['another audience', 'Invalid Access Token', () => forged({ aud: 'other-spine' })],
    ['an app that does not exist', 'Invalid Access Token', () => forged({ client_id: 'nobody' })],
    ['an app that is revoked', 'Invalid Access Token', () => forged({ client_id: 'revoked' })],
    ['a session that does not exist', 'Invalid Access Token', () => forged({ standing: { session: 'session/none' } })],
    [
      'a scope that the app does not have',
      'Invalid Access Token',
      () => forged({ scope: PDS_SCOPE('app:level3').replace('personal', 'privileged-personal') }),
    ],
    ['no scope', 'Invalid Access Token', () => forged({ scope: '' })],
    ['no app', 'Invalid Access Token', () => forged({ client_id: undefined })],
    ['no expiry', 'Invalid Access Token', () => forged({ exp: undefined })],
    ['a past expiry', 'Access Token expired', () => forged({ exp: world.seconds - 31 })],
    ['an expiry just past, without leeway', 'Access Token expired', () => forged({ exp: world.seconds - 1 })],
    ['a future beginning', 'Invalid Access Token', () => forged({ nbf: world.seconds + 100 })],
    [
      'jku and x5u of a stranger',
      'Invalid Access Token',
      async () => forged({}, { jku: 'https://evil.test', x5u: 'https://evil.test' }, await keyPair('ES256', 'x')),
    ],
    ['an unknown kid', 'Invalid Access Token', () => forged({}, { kid: '../../etc/passwd' })],
    ['a cut token', 'Invalid Access Token', async () => (await world.appToken()).slice(0, -10)],
    ['a token with a flipped letter', 'Invalid Access Token', async () => flipped(await world.appToken())],
    [
      'a refresh token as bearer',
      'Invalid Access Token',
      async () => String((await world.userToken()).body['refresh_token']),
    ],
    ['a token of 9,000 letters', 'Invalid Access Token', () => `a1${'x'.repeat(9_000)}`],
  ];
  test.each(DOORS)('ID-N20 %s is refused as %s', async (_name, text, make) => {
    const answer = await world.edge.patient((await make()) ?? '');
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({
      issue: [{ diagnostics: text, details: { coding: [{ code: 'ACCESS_DENIED' }] } }],
    });
    expect(world.denials.at(-1)).toBe('GET /personal-demographics/FHIR/R4 401');
    expect(world.spine.asked).toEqual([]);
  });

  test('ID-N20 a token in the address opens nothing', async () => {
    const token = await world.appToken();
    const answer = await world.edge.send(`/personal-demographics/FHIR/R4/Patient/9000000009?access_token=${token}`, {
      headers: { 'X-Request-ID': crypto.randomUUID() },
    });
    expect([answer.status, answer.text.includes('Missing Authorization header')]).toEqual([401, true]);
  });

  test.each([
    ['an app that changes', 'PATCH', '/Patient/9000000009', 403],
    ['an app that creates', 'POST', '/Patient', 403],
    ['an app that looks at cover', 'GET', '/Coverage?subscriber:identifier=9000000009', 403],
    ['an app that wants two', 'GET', '/Patient?family=Smith&birthdate=2010-10-22&_max-results=2', 403],
  ])('ID-N21 %s is refused and noted by name', async (_name, method, path, status) => {
    const token = await world.appToken();
    const answer = await world.edge.send(`/personal-demographics/FHIR/R4${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'X-Request-ID': crypto.randomUUID() },
    });
    expect(answer.status).toBe(status);
    const noted = world.spine.identity.journal.at(-1);
    expect([noted?.agent.client, noted?.agent.authentication]).toEqual(['app', 'app client_credentials apim level3']);
  });

  test.each([
    ['P5', 'P5.Cp'],
    ['P0', 'P0.Cp'],
  ])('ID-N22 a patient of level %s sees nothing', async (level, vot) => {
    const answer = await world.edge.token(
      world.exchange(await world.assertion(), await world.loginToken({ identity_proofing_level: level, vot })),
    );
    expect((await world.edge.patient(tokenIn(answer))).status).toBe(403);
  });

  test.each([undefined, 'P9.Cp', 'P5.Cp.Cd', 'P9.Cp.Cz'])('ID-N22 a patient of vector %s sees nothing', async (vot) => {
    const answer = await world.edge.token(world.exchange(await world.assertion(), await world.loginToken({ vot })));
    expect((await world.edge.patient(tokenIn(answer))).status).toBe(403);
  });

  test("ID-N22 a role of another worker, or of another organisation, is nobody's to act in", async () => {
    const token = tokenIn(await world.userToken());
    for (const role of ['100000000002', '100000000099', "' OR 1=1"]) {
      expect((await world.edge.patient(token, '9000000009', { 'NHSD-Session-URID': role })).status).toBe(400);
    }
  });
});
