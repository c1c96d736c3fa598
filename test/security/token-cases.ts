/** SEC-01 to SEC-03: who is let in, and what a token must prove. */
import { generateKeyPair, SignJWT } from 'jose';
import { ISSUER, NOW, patching } from '../routes/support.ts';
import type { Sent, Signing } from '../routes/support.ts';
import { newcomer } from '../domain/pds/births.ts';
import { bearer, enforcedEdge, key, OWN, PATH, refusedAtTheDoor, WORKER } from './negative-case.ts';
import type { NegativeCase } from './negative-case.ts';

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = Math.floor(NOW / 1000);
const CLAIMS = {
  ...WORKER,
  iss: ISSUER,
  aud: 'https://edge.test',
  client_id: 'app-1',
  client_name: 'A',
  exp: seconds + 300,
};

const good = async (more: Signing = {}, claims: object = {}): Promise<string> =>
  (await key()).sign({ ...WORKER, ...claims }, more);

/** The three parts of a good token, changed. */
const parts = async (change: (header: string, payload: string, signature: string) => string): Promise<string> => {
  const [header = '', payload = '', signature = ''] = (await good()).split('.');
  return change(header, payload, signature);
};

const hmac = async (header: object, secret: string): Promise<string> =>
  new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', kid: 'key-1', ...header })
    .sign(new TextEncoder().encode(secret));

const foreign = async (header: object): Promise<string> => {
  const { privateKey } = await generateKeyPair('RS512');
  return new SignJWT(CLAIMS).setProtectedHeader({ alg: 'RS512', kid: 'key-1', ...header }).sign(privateKey);
};

const TOKENS: readonly (readonly [name: string, make: () => Promise<string>])[] = [
  ['alg none without a signature', async () => `${base64url({ alg: 'none' })}.${base64url(CLAIMS)}.`],
  [
    'alg none with the signature of a good token',
    async () => parts((_h, _p, s) => `${base64url({ alg: 'none', kid: 'key-1' })}.${base64url(CLAIMS)}.${s}`),
  ],
  ['alg None in another case', async () => `${base64url({ alg: 'NONE' })}.${base64url(CLAIMS)}.AAAA`],
  ['HS256 with our public key set as secret', async () => hmac({}, (await key()).keySet)],
  ['HS256 with an empty-looking secret', async () => hmac({}, ' ')],
  ['HS256 under another type', async () => hmac({ typ: 'at+jwt' }, 'secret')],
  ["a stranger's key under our kid", async () => foreign({})],
  ["a stranger's key named by jwk", async () => foreign({ jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } })],
  ["a stranger's key named by jku", async () => foreign({ jku: 'https://evil.test/keys' })],
  ["a stranger's key named by x5u", async () => foreign({ x5u: 'https://evil.test/cert' })],
  ["a stranger's certificate in x5c", async () => foreign({ x5c: ['MIIB'] })],
  ['an unknown kid', async () => good({ header: { kid: 'key-2' } })],
  ['a kid that is a path', async () => good({ header: { kid: '../../etc/passwd' } })],
  ['a kid that is an address', async () => good({ header: { kid: 'https://evil.test/key.json' } })],
  ['a kid that is SQL', async () => good({ header: { kid: "x' UNION SELECT 'key" } })],
  [
    'a critical header that nobody knows',
    async () => `${base64url({ alg: 'RS512', kid: 'key-1', crit: ['exp'] })}.${base64url(CLAIMS)}.AAAA`,
  ],
  ['another issuer', async () => good({ issuer: 'https://evil.test' })],
  ['our issuer with a slash more', async () => good({ issuer: `${ISSUER}/` })],
  ['our issuer in another case', async () => good({ issuer: ISSUER.toUpperCase() })],
  ['another audience', async () => good({ audience: 'https://other.test' })],
  ['an audience that begins like ours', async () => good({ audience: 'https://edge.test.evil.test' })],
  ['no expiry', async () => good({ expires: null })],
  ['expired an hour ago', async () => good({ expires: -3_600 })],
  ['expired beyond the leeway', async () => good({ expires: -31 })],
  ['not valid before an hour from now', async () => good({ notBefore: 3_600 })],
  ['not valid before, beyond the leeway', async () => good({ notBefore: 60 })],
  ['a signature cut by one character', async () => parts((h, p, s) => `${h}.${p}.${s.slice(0, -1)}`)],
  ['a signature cut to half', async () => parts((h, p, s) => `${h}.${p}.${s.slice(0, s.length / 2)}`)],
  ['no signature', async () => parts((h, p) => `${h}.${p}.`)],
  ['two parts', async () => parts((h, p) => `${h}.${p}`)],
  ['four parts', async () => parts((h, p, s) => `${h}.${p}.${s}.${s}`)],
  ['a changed payload', async () => parts((h, _p, s) => `${h}.${base64url({ ...CLAIMS, roles: ['other'] })}.${s}`)],
  [
    'a changed header',
    async () => parts((_h, p, s) => `${base64url({ alg: 'RS512', kid: 'key-1', typ: 'x' })}.${p}.${s}`),
  ],
  [
    'the algorithm of the header changed',
    async () => parts((_h, p, s) => `${base64url({ alg: 'RS256', kid: 'key-1' })}.${p}.${s}`),
  ],
  ['a payload that is no JSON', async () => parts((h, _p, s) => `${h}.bm8.${s}`)],
  ['a payload that is a list', async () => parts((h, _p, s) => `${h}.${base64url([1])}.${s}`)],
  ['nothing but dots', async () => '1a..'],
  ['longer than a token may be', async () => `${'a1'.repeat(5_000)}.b.c`],
  ['two tokens', async () => `${await good()}, ${await good()}`],
];

const tokenCases: readonly NegativeCase[] = TOKENS.map(([name, make]) => ({
  control: 'SEC-01',
  name: `a token with ${name}`,
  run: async () => {
    const edge = await enforcedEdge();
    await refusedAtTheDoor(edge, await edge.send(PATH, bearer(await make())), 401);
  },
}));

const CARRIERS: readonly (readonly [name: string, send: (token: string) => { path?: string; sent: Sent }])[] = [
  ['in the query', (token) => ({ path: `${PATH}?access_token=${token}`, sent: {} })],
  ['in a cookie', (token) => ({ sent: { headers: { Cookie: `access_token=${token}` } } })],
  ['under another scheme', (token) => ({ sent: { headers: { Authorization: `Basic ${token}` } } })],
  ['without a scheme', (token) => ({ sent: { headers: { Authorization: token } } })],
  ['in another header', (token) => ({ sent: { headers: { 'X-Authorization': `Bearer ${token}` } } })],
  ['in the proxy header', (token) => ({ sent: { headers: { 'Proxy-Authorization': `Bearer ${token}` } } })],
  ['in the body', (token) => ({ sent: { method: 'PATCH', body: { access_token: token } } })],
  ['behind the word twice', (token) => ({ sent: { headers: { Authorization: `Bearer Bearer ${token}` } } })],
];

const carrierCases: readonly NegativeCase[] = CARRIERS.map(([name, send]) => ({
  control: 'SEC-02',
  name: `a good token ${name}`,
  run: async () => {
    const edge = await enforcedEdge();
    const { path = PATH, sent } = send(await good());
    await refusedAtTheDoor(edge, await edge.send(path, sent), 401);
  },
}));

const OPERATIONS: readonly (readonly [path: string, sent: Sent])[] = [
  [PATH, {}],
  ['/Patient?family=Smith&birthdate=eq2010-10-22', {}],
  [PATH, patching()],
  ['/Patient', { method: 'POST', body: newcomer() }],
  ['/Patient/$process-birth-details', { method: 'POST', body: {} }],
  [`${PATH}/RelatedPerson`, {}],
  [`/Coverage?subscriber:identifier=${OWN}`, {}],
  ['/Coverage', { method: 'POST', body: {} }],
  ['', { method: 'POST', body: { resourceType: 'Bundle', type: 'batch', entry: [] } }],
];

const anonymousCases: readonly NegativeCase[] = OPERATIONS.map(([path, sent]) => ({
  control: 'SEC-03',
  name: `${sent.method ?? 'GET'} ${path || '/'} without a token`,
  run: async () => {
    const edge = await enforcedEdge();
    await refusedAtTheDoor(edge, await edge.send(path, sent), 401);
  },
}));

export const TOKEN_CASES = [...tokenCases, ...carrierCases, ...anonymousCases];
