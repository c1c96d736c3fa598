/** The door: Bearer forms and texts, what a token must prove, settings that close everything. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { generateKeyPair } from 'jose';
import { readSettings, settingsOf } from '../../src/routes/settings.ts';
import { Edge, enforced, ISSUER, NOW, refusalIn, SCOPE, signer } from './support.ts';
import type { Signer } from './support.ts';

const PATH = '/Patient/9000000009';

let key: Signer;
beforeAll(async () => {
  key = await signer('RS512');
});

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

describe.each(['open', 'enforced'])('Authorization where access is %s', (access) => {
  test.each([
    ['', 'Empty Authorization header'],
    ['Bearer', 'Missing access token'],
    ['bearer', 'Missing access token'],
    ['Basic', 'Missing access token'],
    ['Basic dXNlcjpwYXNz', "Invalid token type 'Basic', must be 'Bearer'"],
    ['Token abc123', "Invalid token type 'Token', must be 'Bearer'"],
    ['Bearer HEALTHCARE_WORKER', 'Invalid Access Token'],
    ['Bearer 123456', 'Invalid Access Token'],
    ['Bearer abc 123', 'Invalid Access Token'],
    ['Bearer abc123, Bearer abc123', 'Invalid Access Token'],
    ['Bearer abc123<script>', 'Invalid Access Token'],
    [`Bearer ${'a1'.repeat(5_000)}`, 'Invalid Access Token'],
  ])('PDS-A06 %j says %s', async (authorization, diagnostics) => {
    const edge = access === 'open' ? new Edge() : new Edge(enforced(key.keySet));
    const response = await edge.send(PATH, { headers: { Authorization: authorization } });
    expect(await refusalIn(response)).toEqual({
      status: 401,
      code: 'ACCESS_DENIED',
      display: 'Access Denied - Unauthorised',
      issueCode: 'forbidden',
      severity: 'error',
      diagnostics,
    });
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(edge.spine.asked).toEqual([]);
  });
});

describe('open access', () => {
  test('PDS-A07 nobody needs a token, and any well-formed one will do', async () => {
    expect((await new Edge().send(PATH)).status).toBe(200);
    expect((await new Edge().send(PATH, bearer('g1112R_ccQ1Ebbb4gtHBP1aaaNM'))).status).toBe(200);
  });

  test('PDS-A07 the agent is the one open client whatever the token says', async () => {
    const edge = new Edge();
    await edge.send(PATH, bearer(await key.sign({ scope: SCOPE.privileged })));
    expect(edge.spine.only.options.agent).toEqual({ client: 'open', mode: 'open', rights: [] });
  });
});

describe('enforced access', () => {
  const ask = async (token: string, now = NOW) => {
    const edge = new Edge(enforced(key.keySet));
    edge.now = now;
    const response = await edge.send(PATH, bearer(token));
    const diagnostics = response.status === 200 ? 'ok' : (await refusalIn(response)).diagnostics;
    return { edge, status: response.status, diagnostics };
  };

  test('PDS-A08 without a header nothing is served', async () => {
    const edge = new Edge(enforced(key.keySet));
    expect((await refusalIn(await edge.send(PATH))).diagnostics).toBe('Missing Authorization header');
  });

  test('PDS-A08 security comes before the request: a bad token and an invalid NHS number are 401', async () => {
    const edge = new Edge(enforced(key.keySet));
    const response = await edge.send('/Patient/9000000000', {
      headers: { Authorization: 'Bearer abc123', 'X-Request-ID': '1' },
    });
    expect(response.status).toBe(401);
  });

  test.each(['RS256', 'RS512', 'ES256', 'EdDSA'])('PDS-A09 a token signed with %s opens', async (algorithm) => {
    const other = await signer(algorithm);
    const edge = new Edge(enforced(other.keySet));
    const response = await edge.send(PATH, bearer(await other.sign({ scope: SCOPE.app })));
    expect(response.status).toBe(200);
    expect(edge.spine.only.options.agent).toEqual({ client: 'app-1', mode: 'application-restricted', rights: [] });
  });

  test('PDS-A09 a token in lower-case bearer opens too', async () => {
    const edge = new Edge(enforced(key.keySet));
    const response = await edge.send(PATH, {
      headers: { Authorization: `bearer ${await key.sign({ scope: SCOPE.app })}` },
    });
    expect(response.status).toBe(200);
  });

  test.each([
    ['another issuer', { issuer: `${ISSUER}/` }],
    ['another audience', { audience: 'https://elsewhere.test' }],
    ['not yet valid', { notBefore: 120 }],
    ['no expiry', { expires: null }],
    ['an unknown key id', { header: { kid: 'key-2' } }],
  ])('PDS-A09 refused: %s', async (_name, signing) => {
    expect(await ask(await key.sign({ scope: SCOPE.app }, signing))).toMatchObject({
      status: 401,
      diagnostics: 'Invalid Access Token',
    });
  });

  test('PDS-A09 refused: signed by a key that is not in the set', async () => {
    const { privateKey } = await generateKeyPair('RS512');
    const token = await key.sign({ scope: SCOPE.app }, { key: privateKey });
    expect((await ask(token)).diagnostics).toBe('Invalid Access Token');
  });

  test('PDS-A09 refused: headers that name a key of the sender', async () => {
    const stranger = await signer('RS512');
    const jwk = JSON.parse(stranger.keySet).keys[0];
    const token = await stranger.sign(
      { scope: SCOPE.app },
      { header: { jwk, jku: 'https://evil.test/jwks', x5u: 'https://evil.test/x5u' } },
    );
    expect((await ask(token)).diagnostics).toBe('Invalid Access Token');
  });

  test('PDS-A09 refused: a kid that looks like a path or a query', async () => {
    for (const kid of ['../../etc/passwd', "' OR 1=1 --"]) {
      expect((await ask(await key.sign({ scope: SCOPE.app }, { header: { kid } }))).diagnostics).toBe(
        'Invalid Access Token',
      );
    }
  });

  test('PDS-A09 refused: alg none, and the public key used as a shared secret', async () => {
    const [, payload] = (await key.sign({ scope: SCOPE.app })).split('.');
    const none = Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url');
    expect((await ask(`${none}.${payload}.`)).diagnostics).toBe('Invalid Access Token');
    const { createHmac } = await import('node:crypto');
    const head = Buffer.from('{"alg":"HS256","kid":"key-1"}').toString('base64url');
    const mac = createHmac('sha256', key.keySet).update(`${head}.${payload}`).digest('base64url');
    expect((await ask(`${head}.${payload}.${mac}`)).diagnostics).toBe('Invalid Access Token');
  });

  test('PDS-A09 refused: an algorithm that is not pinned', async () => {
    const other = await signer('PS256');
    const edge = new Edge(enforced(other.keySet));
    expect((await edge.send(PATH, bearer(await other.sign({ scope: SCOPE.app })))).status).toBe(401);
  });

  test('PDS-A09 refused: a signature cut short, a payload changed', async () => {
    const token = await key.sign({ scope: SCOPE.app });
    expect((await ask(token.slice(0, -20))).diagnostics).toBe('Invalid Access Token');
    const [head, , signature] = token.split('.');
    const payload = Buffer.from(JSON.stringify({ scope: SCOPE.privileged, client_id: 'app-1' })).toString('base64url');
    expect((await ask(`${head}.${payload}.${signature}`)).diagnostics).toBe('Invalid Access Token');
  });

  test.each([
    ['no app', { client_id: undefined, scope: SCOPE.app }],
    ['an app that is no text', { client_id: 7, scope: SCOPE.app }],
    ['no scope', {}],
    ['scopes of another API', { scope: 'urn:nhsd:apim:app:level3:summary-care-record' }],
    ['a lower level of a worker', { scope: 'urn:nhsd:apim:user-nhs-cis2:aal1:personal-demographics-service' }],
    ['a longer scope with ours in front', { scope: `${SCOPE.app}-extra` }],
  ])('PDS-A09 refused: a token with %s', async (_name, claims) => {
    expect((await ask(await key.sign(claims))).diagnostics).toBe('Invalid Access Token');
  });

  test('PDS-A10 an expired token says so, thirty seconds late at most', async () => {
    const token = await key.sign({ scope: SCOPE.app }, { expires: 60 });
    expect((await ask(token, NOW + 85_000)).status).toBe(200);
    expect((await ask(token, NOW + 95_000)).diagnostics).toBe('Access Token expired');
  });

  test('PDS-A10 a cached token expires too', async () => {
    const edge = new Edge(enforced(key.keySet));
    const sent = bearer(await key.sign({ scope: SCOPE.app }, { expires: 60 }));
    expect((await edge.send(PATH, sent)).status).toBe(200);
    edge.now += 95_000;
    expect((await refusalIn(await edge.send(PATH, sent))).diagnostics).toBe('Access Token expired');
  });

  test('PDS-A10 a token is verified once and then remembered', async () => {
    const edge = new Edge(enforced(key.keySet));
    const sent = bearer(await key.sign({ scope: SCOPE.app, rate: 1_000 }));
    const verify = vi.spyOn(crypto.subtle, 'verify');
    for (let i = 0; i < 5; i++) expect((await edge.send(PATH, sent)).status).toBe(200);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  test('PDS-A10 one deployment does not know the tokens of another', async () => {
    const token = await key.sign({ scope: SCOPE.app });
    expect((await ask(token)).status).toBe(200);
    const stranger = await signer('RS512');
    expect((await new Edge(enforced(stranger.keySet)).send(PATH, bearer(token))).status).toBe(401);
  });

  test('PDS-A08 a token in the query string is no token', async () => {
    const edge = new Edge(enforced(key.keySet));
    const token = await key.sign({ scope: SCOPE.app });
    expect((await edge.send(`${PATH}?access_token=${token}`)).status).toBe(401);
  });
});

describe('settings', () => {
  const OPEN = { ACCESS: 'open', ENVIRONMENT: 'local' };

  test.each(['local', 'sandbox'])('PDS-A11 open access is possible in %s', (environment) => {
    expect(readSettings({ ...OPEN, ENVIRONMENT: environment }).fault).toBeNull();
  });

  test.each([
    ['open in int', { ...OPEN, ENVIRONMENT: 'int' }],
    ['open in live', { ...OPEN, ENVIRONMENT: 'live' }],
    ['open without an environment', { ACCESS: 'open' }],
    ['open in an environment nobody knows', { ...OPEN, ENVIRONMENT: 'Local' }],
    ['no access at all', { ENVIRONMENT: 'local' }],
    ['an access nobody knows', { ...OPEN, ACCESS: 'OPEN' }],
    ['nothing', {}],
    ['enforced without keys', { ACCESS: 'enforced', ENVIRONMENT: 'live', TOKEN_ISSUER: 'i', TOKEN_AUDIENCE: 'a' }],
    [
      'enforced with an empty set',
      { ACCESS: 'enforced', ENVIRONMENT: 'live', TOKEN_ISSUER: 'i', TOKEN_AUDIENCE: 'a', KEY_SET: '{"keys":[]}' },
    ],
    [
      'enforced with a private key',
      {
        ACCESS: 'enforced',
        ENVIRONMENT: 'live',
        TOKEN_ISSUER: 'i',
        TOKEN_AUDIENCE: 'a',
        KEY_SET: '{"keys":[{"kty":"EC","d":"x"}]}',
      },
    ],
    [
      'enforced with a shared secret',
      {
        ACCESS: 'enforced',
        ENVIRONMENT: 'live',
        TOKEN_ISSUER: 'i',
        TOKEN_AUDIENCE: 'a',
        KEY_SET: '{"keys":[{"kty":"oct","k":"x"}]}',
      },
    ],
    [
      'enforced without an issuer',
      { ACCESS: 'enforced', ENVIRONMENT: 'live', TOKEN_AUDIENCE: 'a', KEY_SET: '{"keys":[{"kty":"EC"}]}' },
    ],
    [
      'enforced without an audience',
      { ACCESS: 'enforced', ENVIRONMENT: 'live', TOKEN_ISSUER: 'i', KEY_SET: '{"keys":[{"kty":"EC"}]}' },
    ],
  ])('PDS-A11 every request is refused and it is said aloud: %s', async (_name, variables) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const edge = new Edge(readSettings({ ...variables, OPERATOR_KEY: 'operator-1' }));
    for (const path of [PATH, '/_ping', '/HelloWorld', 'https://edge.test/operator/status', 'https://edge.test/']) {
      const response = await edge.send(path, { headers: { Authorization: 'Bearer operator-1' } });
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBe('60');
      expect(await response.text()).not.toMatch(/ACCESS|KEY_SET|TOKEN/);
    }
    expect(edge.spine.asked).toEqual([]);
    expect(log).toHaveBeenCalledTimes(1);
    expect(log.mock.calls[0]?.[0]).toMatch(/"level":"fatal","event":"misconfigured"/);
    log.mockRestore();
  });

  test('PDS-A11 a Worker reads its variables once', () => {
    const env = { ...OPEN };
    expect(settingsOf(env)).toBe(settingsOf(env));
    expect(settingsOf({ ...OPEN })).not.toBe(settingsOf(env));
  });
});
