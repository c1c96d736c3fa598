/** Client assertions and forms that must not get a token: each fails closed, exactly, and is noted. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OauthErrorId } from '../../../src/domain/identity/oauth-errors.ts';
import { expectErrorIn, flipped, hmac, RS512, tampered } from './refused.ts';
import type { Make } from './refused.ts';
import { keyPair, ORIGIN, signed, unsigned, World } from './world.ts';
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

const publicPem = (): string => JSON.stringify(world.app.jwk);
const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  signed(claims, { ...RS512, ...header }, world.app.privateKey);
const without = (name: string, claims: Record<string, unknown> = world.claims()): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

const ASSERTIONS: readonly (readonly [string, OauthErrorId, Make])[] = [
  ['no assertion', 'assertion_missing', () => undefined],
  ['an empty assertion', 'assertion_missing', () => ''],
  ['one word', 'assertion_malformed', () => 'word'],
  ['two parts', 'assertion_malformed', async () => (await sign(world.claims())).split('.').slice(0, 2).join('.')],
  ['four parts', 'assertion_malformed', async () => `${await sign(world.claims())}.AAAA`],
  ['five parts, as encrypted ones have', 'assertion_malformed', () => 'a.b.c.d.e'],
  ['a header that is no base64url', 'assertion_malformed', async () => tampered(await sign(world.claims()), 0, '***')],
  ['a header that is no JSON', 'assertion_malformed', async () => tampered(await sign(world.claims()), 0, 'AAAA')],
  [
    'a header that is a list',
    'assertion_malformed',
    async () => tampered(await sign(world.claims()), 0, Buffer.from('[]').toString('base64url')),
  ],
  ['claims that are no JSON', 'assertion_malformed', async () => tampered(await sign(world.claims()), 1, 'AAAA')],
  [
    'claims that are null',
    'assertion_malformed',
    async () => tampered(await sign(world.claims()), 1, Buffer.from('null').toString('base64url')),
  ],
  [
    'claims that are no UTF-8',
    'assertion_malformed',
    async () => tampered(await sign(world.claims()), 1, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')),
  ],
  [
    'a signature with foreign characters',
    'assertion_malformed',
    async () => tampered(await sign(world.claims()), 2, 'a b'),
  ],
  [
    'alg none without a signature',
    'alg',
    () => unsigned({ alg: 'none', typ: 'JWT', kid: 'app-1' }, world.claims(), ''),
  ],
  ['alg None', 'alg', () => unsigned({ alg: 'None', typ: 'JWT', kid: 'app-1' }, world.claims())],
  ['alg in lower case', 'alg', () => unsigned({ alg: 'rs512', typ: 'JWT', kid: 'app-1' }, world.claims())],
  ['alg absent', 'alg', () => unsigned({ typ: 'JWT', kid: 'app-1' }, world.claims())],
  ['alg as a list', 'alg', () => unsigned({ alg: ['RS512'], typ: 'JWT', kid: 'app-1' }, world.claims())],
  [
    'HS256 with the public key as secret',
    'alg',
    () => signed(world.claims(), { alg: 'HS256', typ: 'JWT', kid: 'app-1' }, hmac(publicPem())),
  ],
  [
    'HS512 with the public key as secret',
    'alg',
    () => signed(world.claims(), { alg: 'HS512', typ: 'JWT', kid: 'app-1' }, hmac(publicPem())),
  ],
  ['RS256', 'alg', () => unsigned({ alg: 'RS256', typ: 'JWT', kid: 'app-1' }, world.claims())],
  ['PS512', 'alg', () => unsigned({ alg: 'PS512', typ: 'JWT', kid: 'app-1' }, world.claims())],
  [
    'ES256 with our own access-token key',
    'alg',
    () => signed(world.claims(), { alg: 'ES256', typ: 'JWT', kid: 'spine-1' }, world.signer.privateKey),
  ],
  ['an expiry that is past', 'expired', () => sign(world.claims({ exp: world.seconds - 1 }))],
  ['an expiry that is past, as text', 'expired', () => sign(world.claims({ exp: String(world.seconds - 1) }))],
  ['an expiry of zero', 'expired', () => sign(world.claims({ exp: 0 }))],
  ['a negative expiry', 'expired', () => sign(world.claims({ exp: -1 }))],
  ['no kid', 'kid_missing', () => sign(world.claims(), { kid: undefined })],
  ['an empty kid', 'kid_missing', () => unsigned({ ...RS512, kid: '' }, world.claims())],
  ['a kid that is a number', 'kid_missing', () => unsigned({ ...RS512, kid: 1 }, world.claims())],
  ['a kid that is a list', 'kid_missing', () => unsigned({ ...RS512, kid: ['app-1'] }, world.claims())],
  ['no typ', 'typ', () => sign(world.claims(), { typ: undefined })],
  ['typ of an access token', 'typ', () => sign(world.claims(), { typ: 'at+jwt' })],
  ['typ that is a number', 'typ', () => unsigned({ ...RS512, typ: 1 }, world.claims())],
  ['no exp', 'exp_missing', () => sign(without('exp'))],
  ['exp null', 'exp_missing', () => unsigned(RS512, world.claims({ exp: null }))],
  ['exp as text in the future', 'exp_type', () => sign(world.claims({ exp: String(world.seconds + 100) }))],
  ['exp as words', 'exp_type', () => sign(world.claims({ exp: 'tomorrow' }))],
  ['exp as a list', 'exp_type', () => unsigned(RS512, world.claims({ exp: [world.seconds + 100] }))],
  ['no iss', 'iss_sub', () => sign(without('iss'))],
  ['no sub', 'iss_sub', () => sign(without('sub'))],
  ['iss of another app', 'iss_sub', () => sign(world.claims({ iss: 'second' }))],
  ['sub of another app', 'iss_sub', () => sign(world.claims({ sub: 'second' }))],
  ['iss and sub as lists', 'iss_sub', () => unsigned(RS512, world.claims({ iss: ['app'], sub: ['app'] }))],
  ['no jti', 'jti_missing', () => sign(without('jti'))],
  ['an empty jti', 'jti_missing', () => sign(world.claims({ jti: '' }))],
  ['a jti that is a number', 'jti_type', () => sign(world.claims({ jti: 7 }))],
  ['a jti that is an object', 'jti_type', () => sign(world.claims({ jti: {} }))],
  ['a jti without end', 'jti_type', () => sign(world.claims({ jti: 'x'.repeat(600) }))],
  ['an expiry 311 seconds ahead', 'exp_far', () => sign(world.claims({ exp: world.seconds + 311 }))],
  ['an expiry years ahead', 'exp_far', () => sign(world.claims({ exp: 9_999_999_999 }))],
  ['an expiry in milliseconds', 'exp_far', () => sign(world.claims({ exp: world.now + 300_000 }))],
  ['an unknown app', 'unknown_client', () => sign(world.claims({}, 'nobody'))],
  ['an app named like a path', 'unknown_client', () => sign(world.claims({}, '../app/app'))],
  ['an app named like a property', 'unknown_client', () => sign(world.claims({}, '__proto__'))],
  ['a revoked app', 'unknown_client', () => sign(world.claims({}, 'revoked'))],
  ['an app without a key', 'no_public_key', () => sign(world.claims({}, 'no-key'))],
  ['keys at a private address', 'jwks_unreachable', () => sign(world.claims({}, 'far-keys'))],
  ['an unknown kid', 'kid_unknown', () => sign(world.claims(), { kid: 'app-9' })],
  ['a kid with a path', 'kid_unknown', () => sign(world.claims(), { kid: '../../dev/null' })],
  ['a kid with SQL', 'kid_unknown', () => sign(world.claims(), { kid: "app-1' OR '1'='1" })],
  ['a kid with an address', 'kid_unknown', () => sign(world.claims(), { kid: 'https://evil.test/jwks#app-1' })],
  ['a kid in other letters', 'kid_unknown', () => sign(world.claims(), { kid: 'APP-1' })],
  ['a kid with a NUL', 'kid_unknown', () => sign(world.claims(), { kid: 'app-1\u0000' })],
  [
    'the kid of a provider',
    'kid_unknown',
    () => signed(world.claims(), { ...RS512, kid: 'cis2-1' }, world.cis2.privateKey),
  ],
  ['the key of another app', 'kid_unknown', () => signed(world.claims({}, 'second'), RS512, world.app.privateKey)],
  ["a stranger's key under a known kid", 'signature', () => signed(world.claims(), RS512, stranger.privateKey)],
  [
    "a stranger's key brought along as jwk",
    'signature',
    () => signed(world.claims(), { ...RS512, jwk: stranger.jwk }, stranger.privateKey),
  ],
  [
    "a stranger's key announced by jku",
    'signature',
    () => signed(world.claims(), { ...RS512, jku: 'https://evil.test/jwks' }, stranger.privateKey),
  ],
  [
    "a stranger's key announced by x5u",
    'signature',
    () => signed(world.claims(), { ...RS512, x5u: 'https://evil.test/cert' }, stranger.privateKey),
  ],
  [
    "a stranger's certificate as x5c",
    'signature',
    () => signed(world.claims(), { ...RS512, x5c: ['MIIB'] }, stranger.privateKey),
  ],
  [
    'the other registered key under this kid',
    'signature',
    () => signed(world.claims(), RS512, world.second.privateKey),
  ],
  ['a flipped signature', 'signature', async () => flipped(await sign(world.claims()))],
  ['a cut signature', 'signature', async () => (await sign(world.claims())).slice(0, -20)],
  ['no signature under RS512', 'signature', () => unsigned(RS512, world.claims(), '')],
  [
    'claims exchanged after signing',
    'signature',
    async () =>
      tampered(
        await sign(world.claims()),
        1,
        Buffer.from(JSON.stringify(world.claims({ extra: 1 }))).toString('base64url'),
      ),
  ],
  [
    'the signature of another token',
    'signature',
    async () => {
      const [, , signature = ''] = (await sign(world.claims())).split('.');
      return tampered(await sign(world.claims()), 2, signature);
    },
  ],
  ['no aud', 'aud', () => sign(without('aud'))],
  ['aud of another host', 'aud', () => sign(world.claims({ aud: 'https://evil.test/oauth2/token' }))],
  ['aud without TLS', 'aud', () => sign(world.claims({ aud: 'http://edge.test/oauth2/token' }))],
  ['aud of the mock address', 'aud', () => sign(world.claims({ aud: `${ORIGIN}/oauth2-mock/token` }))],
  ['aud with a slash more', 'aud', () => sign(world.claims({ aud: `${ORIGIN}/oauth2/token/` }))],
  ['aud with a query', 'aud', () => sign(world.claims({ aud: `${ORIGIN}/oauth2/token?x=1` }))],
  ['aud of the host alone', 'aud', () => sign(world.claims({ aud: ORIGIN }))],
  ['aud as a list', 'aud', () => sign(world.claims({ aud: [`${ORIGIN}/oauth2/token`] }))],
  ['an app without scopes', 'no_scope', () => sign(world.claims({}, 'no-scope'))],
  ['an app with user scopes alone', 'no_scope', () => sign(world.claims({}, 'user-only'))],
];

describe('client assertion', () => {
  test.each(ASSERTIONS)('ID-N01 %s is refused as %s', async (_name, id, make) => {
    expectError(await world.edge.token(world.clientCredentials(await make())), id);
  });

  test.each(
    ASSERTIONS.filter(([name]) => /none|HS256|flipped|stranger|unknown app$|revoked|other host|past$/.test(name)),
  )('ID-N02 the same holds before a token exchange: %s is %s', async (_name, id, make) => {
    expectError(await world.edge.token(world.exchange((await make()) ?? '', await world.cis2Token())), id);
  });

  test.each([
    '',
    'jwt-bearer',
    'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    'URN:IETF:PARAMS:OAUTH:CLIENT-ASSERTION-TYPE:JWT-BEARER',
  ])('ID-N01 the assertion type %j is refused', async (type) => {
    const fields = { ...world.clientCredentials(await world.assertion()), client_assertion_type: type };
    expectError(await world.edge.token(fields), 'assertion_type');
  });

  test('ID-N03 an assertion used here is refused here and on every other edge', async () => {
    const assertion = await world.assertion();
    expect((await world.edge.token(world.clientCredentials(assertion))).status).toBe(200);
    expectError(await world.edge.token(world.clientCredentials(assertion)), 'jti_replay');
    expectError(await world.otherEdge.token(world.clientCredentials(assertion)), 'jti_replay');
  });

  test('ID-N03 of many edges that race with one assertion exactly one wins', async () => {
    const fields = world.clientCredentials(await world.assertion());
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? world.edge : world.otherEdge).token(fields)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('ID-N04 an id is used up by a request that fails later, also by an exchange', async () => {
    const jti = world.nextJti();
    expectError(
      await world.edge.token(world.clientCredentials(await world.assertion({ jti, aud: 'elsewhere' }))),
      'aud',
    );
    expectError(await world.edge.token(world.clientCredentials(await world.assertion({ jti }))), 'jti_replay');
    expectError(
      await world.otherEdge.token(world.exchange(await world.assertion({ jti }), await world.cis2Token())),
      'jti_replay',
    );
  });

  test('ID-N04 an id of an unknown app is used up too; one too far ahead is not', async () => {
    const jti = world.nextJti();
    expectError(
      await world.edge.token(world.clientCredentials(await world.assertion({ jti }, 'nobody'))),
      'unknown_client',
    );
    expectError(
      await world.edge.token(world.clientCredentials(await world.assertion({ jti }, 'nobody'))),
      'jti_replay',
    );
    const far = world.nextJti();
    expectError(
      await world.edge.token(world.clientCredentials(await world.assertion({ jti: far, exp: world.seconds + 400 }))),
      'exp_far',
    );
    expect((await world.edge.token(world.clientCredentials(await world.assertion({ jti: far })))).status).toBe(200);
  });

  test("ID-N04 apps do not use up each other's ids", async () => {
    const jti = world.nextJti();
    const first = await world.edge.token(world.clientCredentials(await world.assertion({ jti })));
    const claims = world.claims({ jti }, 'second');
    const second = await world.edge.token(
      world.clientCredentials(await signed(claims, { ...RS512, kid: 'app-2' }, world.second.privateKey)),
    );
    expect([first.status, second.status]).toEqual([200, 200]);
  });
});

describe('the form', () => {
  test.each([
    ['no grant type', {}, 'grant_type_missing'],
    ['an empty grant type', { grant_type: '' }, 'grant_type_missing'],
    ['a password grant', { grant_type: 'password', username: 'a', password: 'b' }, 'grant_type_unsupported'],
    ['an implicit grant', { grant_type: 'implicit' }, 'grant_type_unsupported'],
    ['a device grant', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }, 'grant_type_unsupported'],
    ['a grant in capitals', { grant_type: 'CLIENT_CREDENTIALS' }, 'grant_type_unsupported'],
    [
      'an exchange without a token type',
      { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
      'te_subject_token_type',
    ],
    [
      'an exchange of an access token',
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      },
      'te_subject_token_type',
    ],
    [
      'an id token under another grant',
      { grant_type: 'client_credentials', subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'te_grant_type',
    ],
    [
      'an id token under no grant',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      'te_grant_type',
    ],
  ] as const)('ID-N05 %s', async (_name, fields, id) => {
    expectError(await world.edge.token(fields), id);
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data', ''])(
    'ID-N05 content type %j is 415',
    async (type) => {
      const headers = type === '' ? {} : { 'Content-Type': type };
      const body = new TextEncoder().encode('grant_type=client_credentials');
      const answer = await world.edge.send('/oauth2/token', { method: 'POST', body, headers });
      expect([answer.status, answer.body['error_description']]).toEqual([
        415,
        'Content-Type header must be application/x-www-form-urlencoded',
      ]);
    },
  );

  test('ID-N05 credentials in the address count for nothing', async () => {
    const query = new URLSearchParams(
      Object.entries(world.clientCredentials(await world.assertion())) as [string, string][],
    );
    const answer = await world.edge.form(`/oauth2/token?${query}`, {});
    expectError(answer, 'grant_type_missing');
  });

  test('ID-N05 a form without end is refused', async () => {
    const answer = await world.edge.form('/oauth2/token', { grant_type: 'x'.repeat(70_000) });
    expect(answer.status).toBe(413);
  });

  test.each([
    ['GET', '/token', 'POST'],
    ['PUT', '/token', 'POST'],
    ['DELETE', '/token', 'POST'],
    ['POST', '/authorize', 'GET'],
    ['POST', '/userinfo', 'GET'],
    ['GET', '/backchannel_logout', 'POST'],
  ])('ID-N06 %s %s is 405', async (method, path, allow) => {
    const answer = await world.edge.send(`/oauth2${path}`, { method });
    expect([answer.status, answer.text, answer.headers.get('Allow'), answer.headers.get('Content-Type')]).toEqual([
      405,
      '',
      allow,
      'text/plain',
    ]);
  });

  test.each(['/jwks', '/introspect', '/revoke', '/.well-known/openid-configuration', '/', '/token/', '/TOKEN'])(
    'ID-N06 %s does not exist',
    async (path) => {
      const answer = await world.edge.send(`/oauth2${path}`);
      expect([answer.status, answer.body['error'], answer.body['error_description']]).toEqual([
        404,
        'invalid_request',
        'Not Found',
      ]);
    },
  );

  test('ID-N07 where people are real there is no mock', async () => {
    const live = await World.make({ ENVIRONMENT: 'live' });
    for (const path of [
      '/oauth2-mock/token',
      '/oauth2-mock/authorize',
      '/mock-idp/nhs-cis2/authorize',
      '/mock-idp/nhs-login/login',
    ]) {
      expect((await live.edge.send(path)).status).toBe(404);
    }
  });

  test('ID-N08 the status page wants its key', async () => {
    const page = (apikey: string) => world.edge.send('/oauth2/_status', { headers: apikey === '' ? {} : { apikey } });
    expectError(await page(''), 'status_key');
    expectError(await page('wrong'), 'status_key');
    expect((await page('status-1')).body).toMatchObject({ status: 'pass', checks: { 'nhs-cis2': { status: 'pass' } } });
    expect((await world.edge.send('/oauth2/_ping')).status).toBe(200);
  });
});
