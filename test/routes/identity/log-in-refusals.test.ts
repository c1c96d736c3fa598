/** Log-ins, codes, refresh tokens and logouts that must not work: each fails closed, exactly, and is noted. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OAUTH_ERRORS } from '../../../src/domain/identity/oauth-errors.ts';
import type { OauthErrorId } from '../../../src/domain/identity/oauth-errors.ts';
import { CIS2_HEADER, expectErrorIn } from './refused.ts';
import type { Make } from './refused.ts';
import { BACK, CIS2, keyPair, NHS_LOGIN, signed, tokenIn, unsigned, World } from './world.ts';
import type { Answered, Keys } from './world.ts';

let world: World;
let stranger: Keys;
beforeAll(async () => {
  world = await World.make();
  stranger = await keyPair('RS512', 'app-1');
});
beforeEach(() => {
  world.now += 60_000;
});

const expectError = (answer: Answered, id: OauthErrorId): void => expectErrorIn(world, answer, id);

describe('authorize and callback', () => {
  const good = { client_id: 'app', redirect_uri: BACK, response_type: 'code', state: 'mine' };
  test.each([
    ['no client', { client_id: undefined }, 'client_missing'],
    ['an unknown client', { client_id: 'nobody' }, 'az_client_invalid'],
    ['a revoked client', { client_id: 'revoked' }, 'az_revoked'],
    ['a client without products', { client_id: 'no-scope' }, 'not_subscribed'],
    ['no redirect', { redirect_uri: undefined }, 'redirect_missing'],
    ["a stranger's redirect", { redirect_uri: 'https://evil.test/callback' }, 'redirect_invalid'],
    ['a redirect with a path more', { redirect_uri: `${BACK}/more` }, 'redirect_invalid'],
    ['a redirect with a query more', { redirect_uri: `${BACK}?x=1` }, 'redirect_invalid'],
    ['a redirect with a user', { redirect_uri: 'https://example.org@evil.test/callback' }, 'redirect_invalid'],
    ['a redirect in other letters', { redirect_uri: 'https://example.org/CALLBACK' }, 'redirect_invalid'],
  ] as const)('ID-N11 %s is told here, not at the redirect', async (_name, more, id) => {
    const fields = Object.entries({ ...good, ...more }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    expectError(await world.edge.send(`/oauth2-mock/authorize?${new URLSearchParams(fields)}`), id);
  });

  test.each([
    ['no state', { state: undefined }, '?error=invalid_request&error_description=state%20is%20missing'],
    [
      'no response type',
      { response_type: undefined },
      '?error=invalid_request&error_description=response_type%20is%20missing&state=mine',
    ],
    [
      'response type token',
      { response_type: 'token' },
      '?error=unsupported_response_type&error_description=response_type%20is%20invalid&state=mine',
    ],
  ] as const)('ID-N12 %s is told at the redirect', async (_name, more, query) => {
    const fields = Object.entries({ ...good, ...more }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const answer = await world.edge.send(`/oauth2-mock/authorize?${new URLSearchParams(fields)}`);
    expect([answer.status, answer.headers.get('Location')]).toEqual([302, BACK + query]);
  });

  test.each(['', 'state=', 'state=unknown', 'code=abc', `state=${'x'.repeat(36)}&code=abc`])(
    'ID-N13 the callback knows its states: %j',
    async (query) => {
      expectError(await world.edge.send(`/oauth2-mock/callback?${query}`), 'cb_state');
    },
  );

  test('ID-N13 a state is good once, and only where it began', async () => {
    const query = new URLSearchParams(good);
    const start = await world.edge.send(`/oauth2-mock/authorize?${query}`);
    const state = new URL(start.headers.get('Location') ?? '').searchParams.get('state') ?? '';
    expectError(await world.edge.send(`/oauth2/callback?state=${state}&code=abc`), 'cb_state');
    expectError(await world.edge.send(`/oauth2-mock/callback?state=${state}&code=abc`), 'cb_state');
  });

  test('ID-N13 a code that the provider did not give opens nothing', async () => {
    const start = await world.edge.send(`/oauth2-mock/authorize?${new URLSearchParams(good)}`);
    const state = new URL(start.headers.get('Location') ?? '').searchParams.get('state') ?? '';
    expectError(await world.edge.send(`/oauth2-mock/callback?state=${state}&code=invented`), 'code_invalid');
  });

  test('ID-N14 a log-in below the levels of the app ends without a code', async () => {
    const end = await world.logIn('656000000004');
    expect(end.pathname).toBe('/failed');
    expect(world.denials.at(-1)).toBe('no_scope');
  });

  test('ID-N14 the log-in page sends nobody elsewhere', async () => {
    const answer = await world.edge.form('/mock-idp/nhs-cis2/login?redirect_uri=https://evil.test/&state=x', {
      username: '656000000001',
    });
    expect([answer.status, answer.headers.get('Location')]).toEqual([400, null]);
  });

  test.each(['"><script>alert(1)</script>', "' onload='x"])(
    'ID-N14 the log-in page shows nothing as it came: %s',
    async (text) => {
      const page = await world.edge.send(`/mock-idp/nhs-cis2/authorize?state=${encodeURIComponent(text)}`);
      expect(page.text).not.toContain('<script>');
      expect(page.text).not.toContain(text);
    },
  );
});

describe('code and refresh', () => {
  const code = async () => (await world.logIn('656000000001')).searchParams.get('code') ?? '';
  test.each([
    ['no client', { client_id: undefined }, 'client_missing'],
    ['an unknown client', { client_id: 'nobody' }, 'client_invalid'],
    ['a revoked client', { client_id: 'revoked' }, 'client_invalid'],
    ['a client without products', { client_id: 'no-scope' }, 'not_subscribed'],
    ['no secret', { client_secret: undefined }, 'secret_missing'],
    ['a wrong secret', { client_secret: 'secret-2' }, 'client_invalid'],
    ['the secret with a blank', { client_secret: 'secret-1 ' }, 'client_invalid'],
    ['no redirect', { redirect_uri: undefined }, 'redirect_missing'],
    ['another redirect', { redirect_uri: 'https://evil.test' }, 'redirect_invalid'],
    ['no code', { code: undefined }, 'code_missing'],
    ['an invented code', { code: 'abc' }, 'code_invalid'],
    ["another client's code", { client_id: 'user-only' }, 'code_invalid'],
  ] as const)('ID-N15 %s', async (_name, more, id) => {
    expectError(await world.edge.token(world.codeFields(await code(), more)), id);
  });

  test("ID-N16 a code is good once, for five minutes, and survives a stranger's attempt", async () => {
    const first = await code();
    expectError(await world.edge.token(world.codeFields(first, { client_id: 'user-only' })), 'code_invalid');
    expect((await world.edge.token(world.codeFields(first))).status).toBe(200);
    expectError(await world.otherEdge.token(world.codeFields(first)), 'code_invalid');
    const late = await code();
    world.now += 300_000;
    expectError(await world.edge.token(world.codeFields(late)), 'code_invalid');
  });

  test.each([
    ['no client', { client_id: undefined }, 'client_missing'],
    ['an unknown client', { client_id: 'nobody' }, 'client_invalid'],
    ['no secret', { client_secret: undefined }, 'secret_missing'],
    ['a wrong secret', { client_secret: 'x' }, 'client_invalid'],
    ['no refresh token', { refresh_token: undefined }, 'rt_missing'],
    ['an invented refresh token', { refresh_token: 'x'.repeat(32) }, 'rt_invalid'],
    ['a refresh token with SQL', { refresh_token: "' OR 1=1 --" }, 'rt_invalid'],
    ['another client with its own secret', { client_id: 'user-only' }, 'rt_invalid'],
  ] as const)('ID-N17 %s', async (_name, more, id) => {
    const { body } = await world.userToken();
    expectError(await world.edge.token(world.refreshFields(body['refresh_token'], more)), id);
  });

  test('ID-N17 an access token refreshes nothing', async () => {
    const { body } = await world.userToken();
    expectError(await world.edge.token(world.refreshFields(body['access_token'])), 'rt_invalid');
  });

  test('ID-N17 a worker whose account was closed refreshes nothing', async () => {
    await world.worker('656000000008', 3, ['100000000080']);
    const { body } = await world.userToken({ sub: '656000000008' });
    await world.command('worker', 'user/656000000008', { name: 'close-worker' });
    world.now += 1_000;
    expectError(await world.edge.token(world.refreshFields(body['refresh_token'])), 'rt_invalid');
    expectError(await world.userToken({ sub: '656000000008' }), 'session_ended');
  });
});

describe('userinfo and logout', () => {
  const userinfo = (token: string) =>
    world.edge.send('/oauth2/userinfo', { headers: { Authorization: `Bearer ${token}` } });
  test('ID-N18 userinfo is for log-ins of CIS2 through this service alone', async () => {
    expectError(await userinfo(await world.appToken()), 'ui_wrong_auth');
    expectError(await userinfo(tokenIn(await world.userToken())), 'ui_wrong_auth');
    const end = await world.logIn('9000000009', { scope: 'nhs-login' });
    expectError(
      await userinfo(tokenIn(await world.edge.token(world.codeFields(end.searchParams.get('code') ?? '')))),
      'ui_wrong_auth',
    );
  });

  test.each(['', 'abc', 'a1.b2.c3'])('ID-N18 userinfo with the token %j is 401', async (token) => {
    expectError(await userinfo(token), 'ui_bad_token');
  });

  const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const claims = (more: Record<string, unknown>) => ({
    iss: CIS2,
    aud: 'spine-at-cis2',
    sub: '1',
    sid: 'sid-1',
    events: EVENTS,
    iat: world.seconds,
    ...more,
  });
  const logoutToken = (more: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = world.cis2) =>
    signed(claims(more), { ...CIS2_HEADER, ...header }, key.privateKey);
  const LOGOUTS: readonly (readonly [string, OauthErrorId, Make])[] = [
    ['no token', 'bl_malformed', () => undefined],
    ['one word', 'bl_malformed', () => 'word'],
    ['no aud', 'bl_aud', () => logoutToken({ aud: undefined })],
    ['another aud', 'bl_aud', () => logoutToken({ aud: 'someone' })],
    ['no iss', 'bl_iss', () => logoutToken({ iss: undefined })],
    ['NHS login as iss', 'bl_iss', () => logoutToken({ iss: NHS_LOGIN })],
    ['no sid', 'bl_sid', () => logoutToken({ sid: undefined })],
    ['no events', 'bl_events', () => logoutToken({ events: undefined })],
    ['other events', 'bl_events', () => logoutToken({ events: { 'http://schemas.openid.net/event/login': {} } })],
    [
      'events as text',
      'bl_events',
      () => logoutToken({ events: 'http://schemas.openid.net/event/backchannel-logout' }),
    ],
    ['a nonce, as an id token has', 'bl_nonce', () => logoutToken({ nonce: 'x' })],
    ['an unknown kid', 'bl_verify', () => logoutToken({}, { kid: 'x' })],
    ['no kid', 'bl_verify', () => logoutToken({}, { kid: undefined })],
    ["a stranger's key", 'bl_verify', () => logoutToken({}, {}, stranger)],
    ['alg none', 'bl_verify', () => unsigned({ ...CIS2_HEADER, alg: 'none' }, claims({}), '')],
    ['an unknown session', 'bl_no_session', () => logoutToken({ sid: 'never-seen' })],
  ];
  test.each(LOGOUTS)('ID-N19 a logout with %s is %s', async (_name, id, make) => {
    expectError(await world.edge.form('/oauth2/backchannel_logout', { logout_token: await make() }), id);
  });

  test('ID-N19 where people are real only the provider may end sessions', async () => {
    const live = await World.make({ ENVIRONMENT: 'live', LOGOUT_SOURCES: '192.0.2.1' });
    const from = (address: string) =>
      live.edge.form(
        '/oauth2/backchannel_logout',
        { logout_token: 'x' },
        address === '' ? {} : { 'CF-Connecting-IP': address },
      );
    expect((await from('')).status).toBe(403);
    expect((await from('192.0.2.2')).status).toBe(403);
    expectErrorOf(await from('192.0.2.1'), 'bl_malformed');
  });

  const expectErrorOf = (answer: Answered, id: OauthErrorId): void => {
    expect([answer.status, answer.body['error_description']]).toEqual([
      OAUTH_ERRORS[id].status,
      OAUTH_ERRORS[id].description,
    ]);
  };
});
