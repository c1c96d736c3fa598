/** The four grants when nothing is wrong, and the rules of what they give. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BACK, PDS_SCOPE, tokenIn, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
});
beforeEach(() => {
  world.now += 60_000;
});

describe('client credentials', () => {
  test('ID-T01 a signed JWT brings a token of 600 seconds, every value a text', async () => {
    const { status, headers, body } = await world.edge.token(world.clientCredentials(await world.assertion()));
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(Object.keys(body)).toEqual(['access_token', 'expires_in', 'token_type', 'issued_at']);
    expect(body).toMatchObject({ expires_in: '599', token_type: 'Bearer', issued_at: String(world.now) });
  });

  test('ID-T01 a charset beside the content type is no obstacle', async () => {
    const fields = world.clientCredentials(await world.assertion());
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    expect((await world.edge.form('/oauth2/token', fields, headers)).status).toBe(200);
  });

  test('ID-T02 each registered key signs, so keys roll over without a gap', async () => {
    const token = world.claims();
    const { signed } = await import('./world.ts');
    const second = await signed(token, { alg: 'RS512', typ: 'jwt', kid: 'app-2' }, world.second.privateKey);
    expect((await world.edge.token(world.clientCredentials(second))).status).toBe(200);
  });

  test('ID-T03 the mock address is an audience of its own', async () => {
    const here = await world.assertion({ aud: 'https://edge.test/oauth2-mock/token' });
    expect((await world.edge.token(world.clientCredentials(here), '/oauth2-mock')).status).toBe(200);
    const there = await world.assertion({ aud: 'https://edge.test/oauth2-mock/token' });
    expect((await world.edge.token(world.clientCredentials(there))).status).toBe(401);
  });

  test.each([
    ['300000', '299'],
    ['1000', '0'],
    ['600000', '599'],
    ['900000', '599'],
    ['abc', '599'],
    ['5000ms', '4'],
  ])('ID-T04 an expiry of %s ms is told as %s s: it may only shorten', async (override, told) => {
    const fields = { ...world.clientCredentials(await world.assertion()), _access_token_expiry_ms: override };
    expect((await world.edge.token(fields)).body['expires_in']).toBe(told);
  });

  test('ID-T05 of the scopes of an app only those of level 3 for apps are kept', async () => {
    await world.register('mixed', {
      jwks: { keys: [world.app.jwk] },
      scopes: [PDS_SCOPE('user-nhs-cis2:aal3'), 'urn:nhsd:apim:app:level0:x', PDS_SCOPE('app:level3')],
    });
    const [, claims = ''] = (await world.appToken('mixed')).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      scope: PDS_SCOPE('app:level3'),
      client_id: 'mixed',
    });
  });

  test('ID-T06 the issue of a token stands in the journal with how it was proven', async () => {
    await world.appToken();
    expect(world.spine.identity.journal.at(-1)).toMatchObject({
      kind: 'application',
      action: 'issue-token',
      agent: { client: 'app', authentication: 'app client_credentials apim level3' },
    });
  });
});

describe('token exchange', () => {
  test('ID-X01 an id token of CIS2 brings access and refresh token', async () => {
    const { status, body } = await world.userToken();
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'issued_token_type',
      'refresh_count',
      'refresh_token',
      'refresh_token_expires_in',
      'token_type',
    ]);
    expect(body).toMatchObject({
      expires_in: '599',
      refresh_token_expires_in: '43199',
      refresh_count: '0',
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  });

  test('ID-X01 an id token of NHS login does so for an hour', async () => {
    const { body } = await world.edge.token(world.exchange(await world.assertion(), await world.loginToken()));
    expect(body).toMatchObject({ expires_in: '599', refresh_token_expires_in: '3599' });
  });

  test('ID-X02 the level of the log-in may be a number or a text', async () => {
    expect((await world.userToken({ authentication_assurance_level: '3' })).status).toBe(200);
  });

  test('ID-X03 a proxy who acts for a patient is told by a signed token and kept', async () => {
    const act = { sub: await world.loginToken({ nhs_number: '9000000025' }) };
    const { body } = await world.edge.token(world.exchange(await world.assertion(), await world.loginToken({ act })));
    const [, claims = ''] = String(body['access_token']).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      nhs_number: '9000000009',
      actor: '9000000025',
    });
  });
});

describe('authorization code', () => {
  test('ID-A01 through the mock provider to a token and to userinfo', async () => {
    const end = await world.logIn('656000000002');
    expect(`${end.origin}${end.pathname}`).toBe(BACK);
    expect(end.searchParams.get('state')).toBe('client-state');
    const { status, body } = await world.edge.token(
      world.codeFields(end.searchParams.get('code') ?? ''),
      '/oauth2-mock',
    );
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'refresh_token_expires_in',
      'refresh_count',
      'token_type',
      'sid',
    ]);
    const info = await world.edge.send('/oauth2-mock/userinfo', {
      headers: { Authorization: `Bearer ${String(body['access_token'])}` },
    });
    expect(info.body).toMatchObject({
      sub: '656000000002',
      nhsid_useruid: '656000000002',
      name: 'Worker 656000000002',
    });
    expect(info.body['nhsid_nrbac_roles']).toHaveLength(2);
  });

  test('ID-A01 a patient logs in when the scope asks for NHS login', async () => {
    const end = await world.logIn('9000000009', { scope: 'nhs-login' });
    const { body } = await world.edge.token(world.codeFields(end.searchParams.get('code') ?? ''));
    expect(body['refresh_token_expires_in']).toBe('3599');
  });

  test('ID-A02 authorize leads to the provider with a state of its own and the fixed parameters', async () => {
    const query = new URLSearchParams({
      client_id: 'app',
      redirect_uri: BACK,
      response_type: 'code',
      state: 'mine',
      acr_values: 'AAL2_ANY',
    });
    const { status, headers } = await world.edge.send(`/oauth2-mock/authorize?${query}`);
    const to = new URL(headers.get('Location') ?? '');
    expect(status).toBe(302);
    expect(headers.get('Location')).toContain('scope=openid%20nationalrbacaccess');
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'spine-at-cis2',
      max_age: '300',
      acr_values: 'AAL2_ANY',
      redirect_uri: 'https://edge.test/oauth2-mock/callback',
      state: expect.stringMatching(/^[A-Za-z0-9_-]{36}$/),
    });
  });

  test('ID-A03 the log-in page has the form that client suites drive; an unknown user sees it again', async () => {
    const query = new URLSearchParams({ client_id: 'app', redirect_uri: BACK, response_type: 'code', state: 'mine' });
    const start = await world.edge.send(`/oauth2-mock/authorize?${query}`);
    const page = await world.edge.send(start.headers.get('Location') ?? '');
    expect(page.text).toMatch(/<form id="kc-form-login" action="https:\/\/edge\.test\/mock-idp\/[^"]+" method="post">/);
    expect(page.text).toContain('name="username"');
    const action = /action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const again = await world.edge.form(action, { username: 'nobody' });
    expect([again.status, again.text.includes('kc-form-login')]).toEqual([200, true]);
  });

  test('ID-A04 of two edges that race for one code exactly one wins', async () => {
    const code = (await world.logIn('656000000001')).searchParams.get('code') ?? '';
    const answers = await Promise.all([world.edge, world.otherEdge].map((edge) => edge.token(world.codeFields(code))));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 400]);
  });
});

describe('refresh', () => {
  test('ID-R01 each use brings a new pair and counts; the old one is dead at once', async () => {
    const first = await world.userToken();
    const second = await world.edge.token(world.refreshFields(first.body['refresh_token']));
    expect(Object.keys(second.body)).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'refresh_token_expires_in',
      'refresh_count',
      'token_type',
    ]);
    expect(second.body).toMatchObject({ refresh_count: '1', expires_in: '599' });
    const third = await world.edge.token(world.refreshFields(second.body['refresh_token']));
    expect(third.body['refresh_count']).toBe('2');
    const old = await world.edge.token(world.refreshFields(first.body['refresh_token']));
    expect([old.status, old.body['error'], old.body['error_description']]).toEqual([
      401,
      'invalid_grant',
      'refresh_token is invalid',
    ]);
  });

  test('ID-R02 life is counted from the first issue: late tokens live shorter', async () => {
    const first = await world.edge.token(world.exchange(await world.assertion(), await world.loginToken()));
    world.now += 3_000_000;
    const second = await world.edge.token(world.refreshFields(first.body['refresh_token']));
    expect(second.body['refresh_token_expires_in']).toBe('599');
    world.now += 600_000;
    const third = await world.edge.token(world.refreshFields(second.body['refresh_token']));
    expect([third.status, third.body['error_description']]).toEqual([401, 'refresh token refresh period has expired']);
  });

  test('ID-R03 of two edges that race with one refresh token exactly one wins', async () => {
    const { body } = await world.userToken();
    const answers = await Promise.all(
      [world.edge, world.otherEdge].map((edge) => edge.token(world.refreshFields(body['refresh_token']))),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 401]);
  });

  test('ID-R04 a client may shorten the life of its refresh tokens', async () => {
    const { body } = await world.userToken();
    const next = await world.edge.token(
      world.refreshFields(body['refresh_token'], { _refresh_token_expiry_ms: '5000' }),
    );
    expect(next.body['refresh_token_expires_in']).toBe('4');
    world.now += 5_000;
    expect((await world.edge.token(world.refreshFields(next.body['refresh_token']))).body['error_description']).toBe(
      'refresh token refresh period has expired',
    );
  });
});

describe('the token at the door', () => {
  test('ID-D01 tokens of the service open PDS, each in its mode', async () => {
    expect((await world.edge.patient(await world.appToken())).status).toBe(200);
    expect((await world.edge.patient(tokenIn(await world.userToken()))).status).toBe(200);
    const patient = await world.edge.token(world.exchange(await world.assertion(), await world.loginToken()));
    expect((await world.edge.patient(tokenIn(patient))).status).toBe(200);
    expect((await world.edge.patient(tokenIn(patient), '9000000017')).status).toBe(403);
    const modes = world.spine.asked.slice(-3).map(({ options }) => options.agent);
    expect(modes).toMatchObject([
      { mode: 'application-restricted', authentication: 'app client_credentials apim level3' },
      {
        mode: 'user-restricted',
        user: '656000000001',
        role: '100000000001',
        authentication: 'user token_exchange nhs-cis2 aal3',
      },
      { mode: 'patient-access', subject: '9000000009', authentication: 'user token_exchange nhs-login p9' },
    ]);
  });

  test('ID-D11 what an app was granted and registered with decides its mode', async () => {
    const jwks = { keys: [world.app.jwk] };
    await world.register('privileged', {
      jwks,
      scopes: [PDS_SCOPE('app:level3'), 'urn:nhsd:apim:app:level3:privileged-personal-demographics-service'],
    });
    await world.register('updater', {
      jwks,
      scopes: [PDS_SCOPE('app:level3')],
      attributes: { 'pds.app-restricted.update': 'true', 'return-empty-address-lines': 'true' },
    });
    await world.edge.patient(await world.appToken('privileged'));
    await world.edge.patient(await world.appToken('updater'));
    expect(world.spine.asked.slice(-2).map(({ options }) => options.agent)).toMatchObject([
      { client: 'privileged', mode: 'privileged-application-restricted', rights: [] },
      {
        client: 'updater',
        mode: 'user-restricted',
        rights: ['pds.app-restricted.update', 'return-empty-address-lines'],
      },
    ]);
  });

  test('ID-D02 a user with several roles must say which, and only one of his own', async () => {
    const token = tokenIn(await world.userToken({ sub: '656000000002' }));
    expect((await world.edge.patient(token)).status).toBe(400);
    expect((await world.edge.patient(token, '9000000009', { 'NHSD-Session-URID': '100000000003' })).status).toBe(200);
    expect((await world.edge.patient(token, '9000000009', { 'NHSD-Session-URID': '100000000001' })).status).toBe(400);
  });

  test('ID-D03 a logout ends tokens everywhere within a second', async () => {
    const sid = `sid-${world.nextJti()}`;
    const { body } = await world.userToken({ sid });
    const token = String(body['access_token']);
    expect((await world.otherEdge.patient(token)).status).toBe(200);
    const { signed } = await import('./world.ts');
    const logout = await signed(
      {
        iss: 'https://cis2.test/realm',
        aud: 'spine-at-cis2',
        sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      },
      { alg: 'RS512', typ: 'JWT', kid: 'cis2-1' },
      world.cis2.privateKey,
    );
    const done = await world.edge.form('/oauth2/backchannel_logout', { logout_token: logout });
    expect([done.status, done.body]).toEqual([200, { success: true }]);
    world.now += 1_000;
    for (const edge of [world.edge, world.otherEdge]) {
      const answer = await edge.patient(token);
      expect([answer.status, answer.text.includes('Invalid Access Token')]).toEqual([401, true]);
    }
    expect((await world.edge.token(world.refreshFields(body['refresh_token']))).status).toBe(401);
  });

  test('ID-D04 an app that is revoked loses its tokens within a second', async () => {
    await world.register('short', { jwks: { keys: [world.app.jwk] }, scopes: [PDS_SCOPE('app:level3')] });
    const token = await world.appToken('short');
    expect((await world.edge.patient(token)).status).toBe(200);
    await world.register('short', {
      jwks: { keys: [world.app.jwk] },
      scopes: [PDS_SCOPE('app:level3')],
      status: 'revoked',
    });
    world.now += 1_000;
    expect((await world.edge.patient(token)).status).toBe(401);
  });

  test('ID-D05 a leaver loses access within a second, a role that ends is gone', async () => {
    await world.worker('656000000009', 3, ['100000000090', '100000000091']);
    const token = tokenIn(await world.userToken({ sub: '656000000009' }));
    const as = (role: string) => world.edge.patient(token, '9000000009', { 'NHSD-Session-URID': role });
    expect((await as('100000000091')).status).toBe(200);
    await world.command('worker', 'user/656000000009', { name: 'end-role', roleId: '100000000091', to: world.now });
    world.now += 1_000;
    expect((await as('100000000091')).status).toBe(400);
    expect((await as('100000000090')).status).toBe(200);
    await world.command('worker', 'user/656000000009', { name: 'close-worker' });
    world.now += 1_000;
    expect((await as('100000000090')).status).toBe(401);
  });

  test('ID-D06 while nobody can say whether a token stands, it opens nothing', async () => {
    const token = await world.appToken();
    world.now += 1_000;
    world.spine.identity.silent = true;
    const answer = await world.edge.patient(token);
    world.spine.identity.silent = false;
    expect(answer.status).toBe(503);
  });

  test('ID-D07 a shortened token ends to the second', async () => {
    const fields = { ...world.clientCredentials(await world.assertion()), _access_token_expiry_ms: '2000' };
    const token = tokenIn(await world.edge.token(fields));
    expect((await world.edge.patient(token)).status).toBe(200);
    world.now += 2_000;
    const answer = await world.edge.patient(token);
    expect([answer.status, answer.text.includes('Access Token expired')]).toEqual([401, true]);
    expect((await world.otherEdge.patient(token)).text).toContain('Access Token expired');
  });
});
