/** Everything that must not get in, tried on a running server: every case fails closed, and each leaves an entry. */
import { randomUUID } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import type { JWTHeaderParameters } from 'jose';
import type { Report } from '../report.ts';
import { CIS2, PATIENT, USER } from './client.ts';
import type { Body, Client, Fields } from './client.ts';

/** A case that gets in, or is answered with a failure of ours, is wrong. */
const CLOSED = new Set([400, 401, 403, 404, 405, 413, 414, 415]);

interface Case {
  readonly name: string;
  run(): Promise<{ readonly status: number; readonly text: string }>;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, claims: object, signature = ''): string =>
  `${base64url(header)}.${base64url(claims)}.${signature}`;
const seconds = (): number => Math.floor(Date.now() / 1000);
const without = (value: Body, name: string): Body =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));

type Header = JWTHeaderParameters;
const HEADER: Header = { alg: 'RS512', typ: 'JWT', kid: 'conformance' };

/** What is bent in an assertion or an id token: claims, header, or the key itself. */
async function bent(
  client: Client,
  kind: 'assertion' | 'id',
): Promise<readonly (readonly [string, () => Promise<string>])[]> {
  const good = (): Body =>
    kind === 'assertion' ? client.claims() : client.idClaims({ sub: USER, authentication_assurance_level: 3 });
  const header: Header = kind === 'assertion' ? HEADER : { ...HEADER, kid: CIS2.kid };
  const own = kind === 'assertion' ? client.key : client.providerKey;
  const stranger = (await generateKeyPair('RS512', { extractable: true })).privateKey;
  const sign = (claims: Body, more: Header = header, key = own): Promise<string> =>
    new SignJWT(claims).setProtectedHeader(more).sign(key);
  const secret = new TextEncoder().encode('secret');
  const hmac = (alg: string) => new SignJWT(good()).setProtectedHeader({ ...header, alg }).sign(secret);
  const claims: readonly (readonly [string, Body])[] = [
    ['expired', { exp: seconds() - 60 }],
    ['expired long ago', { exp: 1 }],
    ['an expiry that is text', { exp: 'tomorrow' }],
    ['no issuer known here', { iss: 'https://evil.test' }],
    ['an empty issuer', { iss: '' }],
    ...(kind === 'assertion'
      ? ([
          ['an expiry too far ahead', { exp: seconds() + 4_000 }],
          ['another audience', { aud: 'https://evil.test' }],
          ['another subject', { sub: 'somebody' }],
          ['an id that is a number', { jti: 7 }],
          ['an unknown app', { iss: 'nobody', sub: 'nobody' }],
          ['the audience of the mock service', { aud: `${client.target}/oauth2-mock/token` }],
          ['the audience without path', { aud: client.target }],
          ['an audience in a list with others', { aud: [`${client.target}/token`, 'https://evil.test'] }],
        ] as const)
      : ([
          ['level one', { authentication_assurance_level: 1 }],
          ['level nine', { authentication_assurance_level: 9 }],
          ['a level in words', { authentication_assurance_level: 'high' }],
        ] as const)),
  ];
  const missing = kind === 'assertion' ? ['exp', 'iss', 'sub', 'aud', 'jti'] : ['exp', 'iss', 'aud', 'sub'];
  const headers: readonly (readonly [string, Header])[] = [
    ['an unknown kid', { ...header, kid: 'none' }],
    ['a kid that is a path', { ...header, kid: '../../etc/passwd' }],
    ['a kid that is an address', { ...header, kid: 'https://evil.test/jwks' }],
    ['a kid that is SQL', { ...header, kid: "' OR 1=1 --" }],
    ['an empty kid', { ...header, kid: '' }],
  ];
  const strange: readonly (readonly [string, object])[] = [
    ['jku', { jku: 'https://evil.test/jwks' }],
    ['x5u', { x5u: 'https://evil.test/cert' }],
    ['jwk', { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }],
    ['x5c', { x5c: ['AAAA'] }],
  ];
  return [
    ...claims.map(([name, more]) => [name, () => sign({ ...good(), ...more })] as const),
    ...missing.map((name) => [`no ${name}`, () => sign(without(good(), name))] as const),
    ...headers.map(([name, more]) => [name, () => sign(good(), more)] as const),
    ...strange.map(
      ([name, more]) => [`a stranger's key by ${name}`, () => sign(good(), { ...header, ...more }, stranger)] as const,
    ),
    ["a stranger's key", () => sign(good(), header, stranger)],
    ['alg none', async () => unsigned({ ...header, alg: 'none' }, good())],
    ['alg None', async () => unsigned({ ...header, alg: 'None' }, good(), 'AAAA')],
    ['HS256 with a secret', () => hmac('HS256')],
    ['HS512 with a secret', () => hmac('HS512')],
    ['a cut signature', async () => (await sign(good())).slice(0, -10)],
    ['no signature', async () => `${(await sign(good())).split('.').slice(0, 2).join('.')}.`],
    ['two parts', async () => (await sign(good())).split('.').slice(0, 2).join('.')],
    ['no JWT', async () => 'abc'],
    ['nothing', async () => ''],
  ];
}

/** Every family of APIs has its door. */
const DOORS: readonly (readonly [method: string, path: string])[] = [
  ['GET', `/personal-demographics/FHIR/R4/Patient/${PATIENT}`],
  ['GET', `/summary-care-record/FHIR/R4/DocumentReference?patient=https://fhir.nhs.uk/Id/nhs-number|${PATIENT}`],
  ['GET', `/patient-flags-api/FHIR/R4/Flag?patient=${PATIENT}`],
  ['GET', `/care-identity/registration-authority/v1/users/${USER}`],
  ['GET', `/audit/v1/AuditEvent?patient=${PATIENT}`],
  ['GET', `/access-control/v1/patients/${PATIENT}`],
  ['GET', '/oauth2-mock/userinfo'],
];

async function bearers(client: Client): Promise<readonly (readonly [string, Fields, string?])[]> {
  const { privateKey } = await generateKeyPair('ES256');
  const claims = {
    iss: 'http://127.0.0.1/oauth2',
    aud: 'edge-spine',
    client_id: 'x',
    scope: 'urn:nhsd:apim:app:level3:x',
    standing: {},
    exp: seconds() + 300,
  };
  const forged = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'x' })
    .sign(privateKey);
  const token = String((await client.app()).body['access_token']);
  const bearer = (value: string): Fields => ({ authorization: `Bearer ${value}` });
  return [
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['one word', { authorization: 'Bearer' }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['nonsense', bearer('abc123')],
    ['alg none', bearer(unsigned({ alg: 'none', typ: 'at+jwt' }, claims))],
    ['a forged token', bearer(forged)],
    ['a client assertion', bearer(await client.assertion())],
    ['an id token', bearer(await client.idToken({ sub: USER }))],
    ['a bent token', bearer(`${token.slice(0, -6)}AAAAAA`)],
    ['a token in the query', {}, `access_token=${token}`],
    ['two tokens', { authorization: `Bearer ${token}, Bearer ${token}` }],
  ];
}

async function cases(client: Client): Promise<readonly Case[]> {
  const all: Case[] = [];
  for (const [name, make] of await bent(client, 'assertion')) {
    all.push({ name: `assertion: ${name}`, run: async () => client.withAssertion(await make()) });
    all.push({
      name: `assertion before an exchange: ${name}`,
      run: async () => client.exchangeWith({ assertion: await make() }),
    });
  }
  for (const [name, make] of await bent(client, 'id'))
    all.push({ name: `id token: ${name}`, run: async () => client.exchangeWith({ subject: await make() }) });
  for (const [name, headers, query] of await bearers(client))
    for (const [method, path] of DOORS) {
      const address = query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
      const sent = { method, headers: { 'x-request-id': randomUUID(), ...headers } };
      all.push({ name: `${path.split('?')[0]}: ${name}`, run: () => client.send(address, sent) });
    }
  const forms: readonly Fields[] = [
    {},
    { grant_type: 'password' },
    { grant_type: 'implicit' },
    { grant_type: 'client_credentials' },
    { grant_type: 'authorization_code', code: 'x' },
    { grant_type: 'authorization_code', code: 'x', client_id: 'nobody', client_secret: 'x', redirect_uri: 'https://x' },
    { grant_type: 'refresh_token', refresh_token: 'x' },
    { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'nobody', client_secret: 'x' },
  ];
  for (const [at, fields] of forms.entries())
    all.push({ name: `form ${at}`, run: () => client.post('/oauth2/token', fields) });
  for (const path of [
    '/oauth2/jwks',
    '/oauth2/introspect',
    '/oauth2/revoke',
    '/oauth2/.well-known/openid-configuration',
  ])
    all.push({ name: path, run: () => client.send(path) });
  for (const method of ['PUT', 'DELETE', 'PATCH', 'GET'])
    all.push({ name: `${method} /oauth2/token`, run: () => client.send('/oauth2/token', { method }) });
  const replayed = await client.assertion();
  await client.withAssertion(replayed);
  all.push({ name: 'a replayed assertion', run: () => client.withAssertion(replayed) });
  all.push({
    name: 'a replayed assertion before an exchange',
    run: () => client.exchangeWith({ assertion: replayed }),
  });
  return all;
}

/** How many refusals the journal holds now, as a national auditor sees them. */
export type CountRefusals = () => Promise<number>;

export async function checkNegatives(client: Client, report: Report, refusals: CountRefusals): Promise<void> {
  const all = await cases(client);
  const before = await refusals();
  const open: string[] = [];
  for (const { name, run } of all) {
    const { status, text } = await run();
    if (!CLOSED.has(status)) open.push(`${name}: ${status} ${text.slice(0, 120)}`);
  }
  await report.step({
    name: `I1–I9 ${all.length} cases that must not get in do not`,
    run: async () => [...(all.length < 150 ? [`only ${all.length} cases`] : []), ...open],
  });
  await report.step({
    name: `I15 each of the ${all.length} left an entry`,
    run: async () => {
      const noted = (await refusals()) - before;
      return noted >= all.length ? [] : [`${noted} entries for ${all.length} refusals`];
    },
  });
}
