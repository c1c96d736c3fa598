/** Subject tokens that must not be exchanged: each fails closed, exactly, and is noted. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OauthErrorId } from '../../../src/domain/identity/oauth-errors.ts';
import { CIS2_HEADER, expectErrorIn, flipped, hmac, RS512 } from './refused.ts';
import type { Make } from './refused.ts';
import { CIS2, keyPair, NHS_LOGIN, ORIGIN, signed, unsigned, World } from './world.ts';
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

const subject = (more: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  signed(world.cis2Claims(more), { ...CIS2_HEADER, ...header }, world.cis2.privateKey);

const SUBJECTS: readonly (readonly [string, OauthErrorId, Make])[] = [
  ['no subject token', 'st_missing', () => undefined],
  ['an empty one', 'st_missing', () => ''],
  ['one word', 'st_malformed', () => 'word'],
  ['one of five parts', 'st_malformed', () => 'a.b.c.d.e'],
  ['no kid', 'st_kid', () => unsigned({ alg: 'RS512', typ: 'JWT' }, world.cis2Claims())],
  ['no typ', 'st_typ', () => unsigned({ alg: 'RS512', kid: 'cis2-1' }, world.cis2Claims())],
  ['a logout typ', 'st_typ', () => unsigned({ ...CIS2_HEADER, typ: 'logout+jwt' }, world.cis2Claims())],
  ['no alg', 'st_alg', () => unsigned({ typ: 'JWT', kid: 'cis2-1' }, world.cis2Claims())],
  ['no exp', 'st_exp_missing', () => unsigned(CIS2_HEADER, world.cis2Claims({ exp: undefined }))],
  ['exp as text', 'st_exp_type', () => unsigned(CIS2_HEADER, world.cis2Claims({ exp: '9999999999' }))],
  ['a past exp', 'st_expired', () => subject({ exp: world.seconds - 1 })],
  ['no iss', 'st_iss_missing', () => unsigned(CIS2_HEADER, world.cis2Claims({ iss: undefined }))],
  ['no aud', 'st_aud_missing', () => unsigned(CIS2_HEADER, world.cis2Claims({ aud: undefined }))],
  ['an unknown issuer', 'st_iss_unknown', () => subject({ iss: 'https://evil.test' })],
  ['an issuer with a slash more', 'st_iss_unknown', () => subject({ iss: `${CIS2}/` })],
  ['our own service as issuer', 'st_iss_unknown', () => subject({ iss: `${ORIGIN}/oauth2` })],
  ['an unknown kid', 'st_kid_unknown', () => subject({}, { kid: 'cis2-9' })],
  ['a kid with a path', 'st_kid_unknown', () => subject({}, { kid: '/dev/null' })],
  [
    'the kid of the other provider',
    'st_kid_unknown',
    () => signed(world.cis2Claims(), { ...CIS2_HEADER, kid: 'login-1' }, world.cis2.privateKey),
  ],
  [
    'the key of the other provider',
    'st_kid_unknown',
    () => signed(world.cis2Claims({ iss: NHS_LOGIN }), CIS2_HEADER, world.cis2.privateKey),
  ],
  ["the app's own key", 'signature', () => signed(world.cis2Claims(), CIS2_HEADER, world.app.privateKey)],
  ["a stranger's key", 'signature', () => signed(world.cis2Claims(), CIS2_HEADER, stranger.privateKey)],
  [
    "a stranger's key by jwk and jku",
    'signature',
    () =>
      signed(world.cis2Claims(), { ...CIS2_HEADER, jwk: stranger.jwk, jku: 'https://evil.test' }, stranger.privateKey),
  ],
  ['alg none', 'signature', () => unsigned({ ...CIS2_HEADER, alg: 'none' }, world.cis2Claims(), '')],
  [
    'HS256 with the public key',
    'signature',
    () => signed(world.cis2Claims(), { ...CIS2_HEADER, alg: 'HS256' }, hmac(JSON.stringify(world.cis2.jwk))),
  ],
  ['RS384', 'signature', () => unsigned({ ...CIS2_HEADER, alg: 'RS384' }, world.cis2Claims())],
  ['a flipped signature', 'signature', async () => flipped(await subject())],
  ['an access token of ours', 'st_kid', () => unsigned({ alg: 'ES256', typ: 'JWT' }, {})],
  ['no level', 'no_scope', () => subject({ authentication_assurance_level: undefined })],
  ['level 4', 'no_scope', () => subject({ authentication_assurance_level: 4 })],
  ['level 1, for which the app has no scope', 'no_scope', () => subject({ authentication_assurance_level: 1 })],
  ['a level as a list', 'no_scope', () => subject({ authentication_assurance_level: [3] })],
  ['a level with words around', 'no_scope', () => subject({ authentication_assurance_level: '3:x' })],
  ['no subject', 'no_scope', () => subject({ sub: undefined })],
  [
    "a patient's level from CIS2",
    'no_scope',
    () => subject({ authentication_assurance_level: undefined, identity_proofing_level: 'P9' }),
  ],
  [
    "a worker's level from NHS login",
    'no_scope',
    () => world.loginToken({ identity_proofing_level: undefined, authentication_assurance_level: 3 }),
  ],
  ['an unheard-of proofing level', 'no_scope', () => world.loginToken({ identity_proofing_level: 'P7' })],
  ['a patient without a number', 'no_scope', () => world.loginToken({ nhs_number: undefined })],
  [
    'a proxy token without kid',
    'act_kid',
    () => world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT' }, {}) } }),
  ],
  [
    'a proxy token without typ',
    'act_typ',
    () => world.loginToken({ act: { sub: unsigned({ alg: 'RS256', kid: 'login-1' }, {}) } }),
  ],
  [
    'a proxy token without alg',
    'act_alg',
    () => world.loginToken({ act: { sub: unsigned({ typ: 'JWT', kid: 'login-1' }, {}) } }),
  ],
  [
    'a proxy token without exp',
    'act_exp_missing',
    () => world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, {}) } }),
  ],
  [
    'a proxy token with a text as exp',
    'act_exp_type',
    () => world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, { exp: '1' }) } }),
  ],
  [
    'a proxy token without iss',
    'act_iss',
    () => world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, { exp: 1 }) } }),
  ],
  [
    'a proxy token without aud',
    'act_aud',
    () =>
      world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, { exp: 1, iss: 'x' }) } }),
  ],
  [
    'a proxy token without a number',
    'act_nhs_number',
    () =>
      world.loginToken({
        act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, { exp: 1, iss: 'x', aud: 'y' }) },
      }),
  ],
  [
    'a proxy token that nobody signed',
    'signature',
    () =>
      world.loginToken({ act: { sub: unsigned({ alg: 'RS256', typ: 'JWT', kid: 'login-1' }, world.loginClaims()) } }),
  ],
  [
    'a proxy token that is past',
    'signature',
    async () => world.loginToken({ act: { sub: await world.loginToken({ exp: world.seconds - 1 }) } }),
  ],
];

describe('token exchange', () => {
  test.each(SUBJECTS)('ID-N09 %s is refused as %s', async (_name, id, make) => {
    expectError(await world.edge.token(world.exchange(await world.assertion(), await make())), id);
  });

  test.each([
    ['aal3 for an app of aal2', 'aal2-only', { authentication_assurance_level: 3 }],
    ['aal1 for an app of aal2', 'aal2-only', { authentication_assurance_level: 1 }],
    ['a worker for an app without users', 'second', {}],
  ])('ID-N10 no level implies another: %s', async (_name, clientId, more) => {
    const kid = clientId === 'second' ? 'app-2' : 'app-1';
    const key = clientId === 'second' ? world.second.privateKey : world.app.privateKey;
    const assertion = await signed(world.claims({}, clientId), { ...RS512, kid }, key);
    expectError(await world.edge.token(world.exchange(assertion, await world.cis2Token(more))), 'no_scope');
  });

  test('ID-N10 a session that was ended does not open again', async () => {
    const sid = 'sid-that-ends';
    expect((await world.userToken({ sid })).status).toBe(200);
    const { sessionKey } = await import('../../../src/routes/identity/log-in.ts');
    const { sessionName } = await import('../../../src/routes/identity/digests.ts');
    await world.command('session', sessionKey(sessionName('nhs-cis2', sid)), { name: 'end-session' });
    expectError(await world.userToken({ sid }), 'session_ended');
  });

  test('ID-N10 a session belongs to one person', async () => {
    const sid = 'sid-of-one';
    expect((await world.userToken({ sid })).status).toBe(200);
    expectError(await world.userToken({ sid, sub: '656000000002' }), 'session_ended');
  });
});
