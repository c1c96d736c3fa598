/** node test/wire/identity-conformance.ts SPECS: walks every flow of the token service on a running, enforced server, over HTTP alone. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import { loadIdentityPack, readIdentityPack } from './identity-pack.ts';
import { wireOptions } from './options.ts';
import type { WireOptions } from './options.ts';
import { Report } from './report.ts';

const USAGE = `Usage: node test/wire/identity-conformance.ts SPECS [--target URL] [--data DIR | --token KEY] [--verbose]
The server must run with --access enforced. Loads the identity pack, with a key made here for the app of developers.`;

const PDS = '/personal-demographics/FHIR/R4';
const BACK = 'https://example.org/callback';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CIS2 = { issuer: 'https://cis2.conformance.test', kid: 'conformance-cis2' };

type Fields = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
  readonly body: Body;
}

class Client {
  readonly #target: string;
  /** The app that a developer may give a key of his own. */
  readonly #app: string;
  readonly #secret: string;
  readonly #key: CryptoKey;
  readonly #providerKey: CryptoKey;

  constructor(target: string, app: Body, [key, providerKey]: readonly [CryptoKey, CryptoKey]) {
    this.#app = String(app['client_id']);
    this.#secret = String(app['client_secret']);
    this.#target = target.replace(/\/$/, '');
    this.#key = key;
    this.#providerKey = providerKey;
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : this.#target + path, { redirect: 'manual', ...init });
    const text = await response.text();
    let body: Body = {};
    try {
      body = JSON.parse(text) as Body;
    } catch {
      // The log-in page is HTML.
    }
    return { status: response.status, location: response.headers.get('location') ?? '', text, body };
  }

  post(path: string, fields: Fields): Promise<Answer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
  }

  assertion(more: Body = {}): Promise<string> {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.#app,
      sub: this.#app,
      aud: `${this.#target}/oauth2/token`,
      jti: randomUUID(),
      exp: seconds + 300,
      ...more,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS512', typ: 'JWT', kid: 'conformance' }).sign(this.#key);
  }

  async app(more: Body = {}, fields: Fields = {}): Promise<Answer> {
    const client_assertion = await this.assertion(more);
    return this.post('/oauth2/token', {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION,
      client_assertion,
      ...fields,
    });
  }

  idToken(claims: Body, typ = 'JWT'): Promise<string> {
    const seconds = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: CIS2.issuer, aud: 'conformance', exp: seconds + 300, ...claims })
      .setProtectedHeader({ alg: 'RS512', typ, kid: CIS2.kid })
      .sign(this.#providerKey);
  }

  async exchange(claims: Body): Promise<Answer> {
    return this.post('/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_assertion_type: ASSERTION,
      client_assertion: await this.assertion(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: await this.idToken(claims),
    });
  }

  /** Through the mock log-in to the code. */
  async code(username: string, more: Fields = {}): Promise<string> {
    const query = new URLSearchParams({
      client_id: this.#app,
      redirect_uri: BACK,
      response_type: 'code',
      state: 's',
      ...more,
    }).toString();
    const page = await this.send((await this.send(`/oauth2-mock/authorize?${query}`)).location);
    const action = /id="kc-form-login" action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const end = await this.send((await this.post(action, { username })).location);
    return new URL(end.location === '' ? 'https://none/' : end.location).searchParams.get('code') ?? '';
  }

  redeem(code: string): Promise<Answer> {
    const fields = {
      grant_type: 'authorization_code',
      client_id: this.#app,
      client_secret: this.#secret,
      redirect_uri: BACK,
      code,
    };
    return this.post('/oauth2-mock/token', fields);
  }

  async logIn(username: string, more: Fields = {}): Promise<Answer> {
    return this.redeem(await this.code(username, more));
  }

  refresh(token: unknown): Promise<Answer> {
    const fields = {
      grant_type: 'refresh_token',
      client_id: this.#app,
      client_secret: this.#secret,
      refresh_token: String(token),
    };
    return this.post('/oauth2/token', fields);
  }

  pds(token: unknown, path: string, more: { method?: string; headers?: Fields; body?: string } = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${String(token)}`, 'x-request-id': randomUUID(), ...more.headers };
    return this.send(PDS + path, {
      method: more.method ?? 'GET',
      headers,
      ...(more.body === undefined ? {} : { body: more.body }),
    });
  }
}

/** What differs, in words; nothing when nothing does. */
function differs(answer: Answer, status: number, parts: Body = {}): string[] {
  const wrong = answer.status === status ? [] : [`${answer.status} instead of ${status}: ${answer.text.slice(0, 200)}`];
  for (const [name, value] of Object.entries(parts)) {
    if (answer.body[name] !== value)
      wrong.push(`${name} is ${JSON.stringify(answer.body[name])} instead of ${JSON.stringify(value)}`);
  }
  return wrong;
}

const coded = (answer: Answer, status: number, words: string): string[] => [
  ...differs(answer, status),
  ...(answer.text.includes(words) ? [] : [`'${words}' is not in ${answer.text.slice(0, 300)}`]),
];

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const USER = '656005750107';
const PATIENT = '9000000009';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

async function tokens(client: Client, report: Report): Promise<void> {
  const step = (name: string, run: () => Promise<readonly string[]>) => report.step({ name, run });
  await step('I1 client_credentials', async () =>
    differs(await client.app(), 200, { expires_in: '599', token_type: 'Bearer' }),
  );
  await step('I1 an assertion five minutes and more ahead', async () =>
    coded(await client.app({ exp: Math.floor(Date.now() / 1000) + 400 }), 400, 'more than 5 minutes in future'),
  );
  await step('I1 another audience', async () =>
    coded(await client.app({ aud: 'https://x' }), 401, "Missing or invalid 'aud'"),
  );
  await step('I2 of twenty uses of one assertion one wins', async () => {
    const jti = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.app({ jti })));
    const won = answers.filter(({ status }) => status === 200).length;
    return won === 1 ? [] : [`${won} won`];
  });
  await step('I4 token exchange', async () => {
    const answer = await client.exchange({ sub: USER, authentication_assurance_level: 3 });
    return differs(answer, 200, { expires_in: '599', refresh_count: '0', refresh_token_expires_in: '43199' });
  });
  await step('I4 a level without scopes', async () =>
    coded(
      await client.exchange({ sub: USER, authentication_assurance_level: 1 }),
      401,
      'not configured to use this authorization grant type',
    ),
  );
  await step('I5 authorization code, once', async () => {
    const code = await client.code(USER);
    const first = differs(await client.redeem(code), 200, { expires_in: '599', refresh_count: '0' });
    return [...first, ...coded(await client.redeem(code), 400, 'authorization_code is invalid')];
  });
  await step('I6 refresh rotates', async () => {
    const { body } = await client.logIn(USER);
    const second = await client.refresh(body['refresh_token']);
    const old = await client.refresh(body['refresh_token']);
    return [...differs(second, 200, { refresh_count: '1' }), ...coded(old, 401, 'refresh_token is invalid')];
  });
  await step('I7 userinfo', async () => {
    const { body } = await client.logIn('656005750104');
    const answer = await client.send('/oauth2-mock/userinfo', {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    });
    const roles = answer.body['nhsid_nrbac_roles'];
    return [
      ...differs(answer, 200, { sub: '656005750104', gmc_id: 'GMC123' }),
      ...(Array.isArray(roles) && roles.length === 2 ? [] : ['not two roles']),
    ];
  });
  await step('I8 back-channel logout', async () => {
    const sid = randomUUID();
    const { body } = await client.exchange({ sub: USER, authentication_assurance_level: 3, sid });
    const before = differs(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 200);
    const logout_token = await client.idToken({ sid, events: EVENTS });
    const done = differs(await client.post('/oauth2/backchannel_logout', { logout_token }), 200, { success: true });
    await pause(1_000);
    const after = coded(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 401, 'Invalid Access Token');
    return [
      ...before,
      ...done,
      ...after,
      ...coded(await client.refresh(body['refresh_token']), 401, 'refresh_token is invalid'),
    ];
  });
}

async function modes(client: Client, report: Report): Promise<void> {
  const step = (name: string, run: () => Promise<readonly string[]>) => report.step({ name, run });
  const app = (await client.app()).body['access_token'];
  const user = (await client.logIn(USER)).body['access_token'];
  const patient = (await client.logIn(PATIENT, { scope: 'nhs-login' })).body['access_token'];
  const weak = (await client.logIn('9912003072', { scope: 'nhs-login' })).body['access_token'];
  const several = (await client.logIn('656005750104')).body['access_token'];
  const patch = {
    method: 'PATCH',
    body: '{"patches":[]}',
    headers: { 'content-type': 'application/json-patch+json', 'if-match': 'W/"1"' },
  };
  const SEARCH = '/Patient?family=Smith&gender=female&birthdate=eq2010-10-22';
  await step('I9 app: reads', async () => differs(await client.pds(app, `/Patient/${PATIENT}`), 200));
  await step('I9 app: no PATCH', async () =>
    coded(
      await client.pds(app, `/Patient/${PATIENT}`, patch),
      403,
      'Cannot update resource with application-restricted access token',
    ),
  );
  await step('I9 app: no POST', async () =>
    coded(
      await client.pds(app, '/Patient', { method: 'POST', body: '{}' }),
      403,
      'Cannot create resource with application-restricted access token',
    ),
  );
  await pause(1_100);
  await step('I9 app: one result', async () =>
    coded(await client.pds(app, `${SEARCH}&_max-results=2`), 403, 'Cannot retrieve more than one result'),
  );
  await step('I9 app: no Coverage', async () =>
    coded(
      await client.pds(app, `/Coverage?subscriber:identifier=${PATIENT}`),
      403,
      'Cannot GET resource with application-restricted access token',
    ),
  );
  await step('I9 user: reads', async () => differs(await client.pds(user, `/Patient/${PATIENT}`), 200));
  await pause(1_100);
  await step('I9 user: no Coverage', async () =>
    coded(
      await client.pds(user, `/Coverage?subscriber:identifier=${PATIENT}`),
      403,
      'Cannot GET resource with user-restricted access token',
    ),
  );
  await step('I9 user of several roles must name one', async () =>
    coded(await client.pds(several, `/Patient/${PATIENT}`), 400, 'NHSD-Session-URID'),
  );
  await step('I9 user of several roles names one', async () =>
    differs(
      await client.pds(several, `/Patient/${PATIENT}`, { headers: { 'nhsd-session-urid': '656014452101' } }),
      200,
    ),
  );
  await step('I9 user: a role of somebody else', async () =>
    coded(
      await client.pds(user, `/Patient/${PATIENT}`, { headers: { 'nhsd-session-urid': '656014452101' } }),
      400,
      "Invalid value - '656014452101'",
    ),
  );
  await pause(1_100);
  await step('I9 patient: own record', async () => differs(await client.pds(patient, `/Patient/${PATIENT}`), 200));
  await step('I9 patient: another record', async () =>
    coded(await client.pds(patient, '/Patient/9000000017'), 403, 'Patient cannot perform this action'),
  );
  await step('I9 patient: no search', async () => differs(await client.pds(patient, SEARCH), 403));
  await step('I9 P5: nothing', async () =>
    coded(await client.pds(weak, `/Patient/9912003072`), 403, 'Patient cannot perform this action'),
  );
  for (const [name, header, words] of [
    ['none', '', 'Missing Authorization header'],
    ['one word', 'Bearer', 'Missing access token'],
    ['another scheme', 'Basic abc', "Invalid token type 'Basic', must be 'Bearer'"],
    ['nonsense', 'Bearer abc123', 'Invalid Access Token'],
  ] as const) {
    await step(`I9 bearer: ${name}`, async () =>
      coded(
        await client.send(`${PDS}/Patient/${PATIENT}`, { headers: header === '' ? {} : { authorization: header } }),
        401,
        words,
      ),
    );
  }
  await step('I9 an expired token', async () => {
    const { body } = await client.app({}, { _access_token_expiry_ms: '1000' });
    await pause(1_500);
    return coded(await client.pds(body['access_token'], `/Patient/${PATIENT}`), 401, 'Access Token expired');
  });
  await step('I11 six requests in a burst are one too many', async () => {
    await pause(1_500);
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.pds(app, `/Patient/${PATIENT}`)));
    const limited = answers.filter(({ status }) => status === 429);
    const words = limited[0]?.text.includes('has exceeded its quota of 5 requests every 1 second(s)') === true;
    return limited.length >= 5 && words ? [] : [`${limited.length} limited: ${limited[0]?.text.slice(0, 200) ?? ''}`];
  });
}

const ROWS = 3_200;
const MINUTE_MS = 60_000;

/** The registration authority, acting as the manager of the pack; meanwhile others read on. */
async function registration(client: Client, report: Report): Promise<void> {
  const manager = (await client.logIn('656005750104')).body['access_token'];
  const reader = (await client.logIn(USER)).body['access_token'];
  const headers = {
    authorization: `Bearer ${String(manager)}`,
    'nhsd-session-urid': '656005754108',
    'content-type': 'application/x-ndjson',
  };
  const batch = randomUUID().slice(0, 8);
  const row = (at: number) => ({
    key: `${batch}-${at}`,
    given_name: 'Jo',
    family_name: `${batch}${at}`,
    birth_date: '1995-05-05',
    role_code: 'R8000',
  });
  const body = Array.from({ length: ROWS }, (_, at) => JSON.stringify(row(at))).join('\n');
  const send = (organization: string) =>
    client.send(`/care-identity/registration-authority/v1/organisations/${organization}/bulk-registrations`, {
      method: 'POST',
      headers,
      body,
    });
  let firstUser = '';
  await report.step({
    name: `I13 ${ROWS} registrations in a minute, others read on meanwhile`,
    run: async () => {
      const began = performance.now();
      let done = false;
      const bulk = send('X09').finally(() => (done = true));
      let slowest = 0;
      while (!done) {
        const asked = performance.now();
        const answer = await client.pds(reader, `/Patient/${PATIENT}`);
        if (answer.status === 200) slowest = Math.max(slowest, performance.now() - asked);
        await pause(250);
      }
      const answer = await bulk;
      const [first] = (answer.body['results'] ?? []) as readonly { readonly user: string }[];
      firstUser = first?.user ?? '';
      const took = performance.now() - began;
      process.stdout.write(
        `     ${ROWS} rows in ${Math.round(took)} ms; slowest read meanwhile ${Math.round(slowest)} ms\n`,
      );
      return [
        ...differs(answer, 200, { registered: ROWS, failed: 0 }),
        ...(took < MINUTE_MS ? [] : [`${Math.round(took)} ms`]),
      ];
    },
  });
  await report.step({
    name: 'I13 the same again changes nothing',
    run: async () => differs(await send('X09'), 200, { registered: 0, unchanged: ROWS }),
  });
  await report.step({
    name: 'I13 not for another organisation',
    run: async () => differs(await send('A20047'), 403, { error: 'other-organisation' }),
  });
  await report.step({
    name: 'I12 the role has the activities of its baseline and what they include',
    run: async () => {
      const path = `/care-identity/registration-authority/v1/users/${firstUser}`;
      const [role] = ((await client.send(path, { headers })).body['roles'] ?? []) as readonly {
        readonly activity_codes: readonly string[];
      }[];
      const codes = role?.activity_codes.join(' ');
      return codes === 'B0401 B0420 B0820 B0825' ? [] : [`activities are ${codes}`];
    },
  });
}

async function run(options: WireOptions): Promise<number> {
  const pack = readIdentityPack(options.specs);
  if (pack === null) throw new Error(`${options.specs} holds no identity pack`);
  const developers = pack.apps.find(({ name }) => name === 'dev-local');
  if (developers === undefined) throw new Error('the pack has no app of developers');
  const report = new Report(options.verbose);
  const [app, provider] = await Promise.all([generateKeyPair('RS512'), generateKeyPair('RS512')]);
  const marked = async (key: CryptoKey, kid: string) => ({ ...(await exportJWK(key)), kid, alg: 'RS512', use: 'sig' });
  const appKey = await marked(app.publicKey, 'conformance');
  const providerKey = await marked(provider.publicKey, CIS2.kid);
  // The pack's providers sign with keys that nobody here has: a provider of our own stands in for CIS2.
  const providers = pack.providers.map((one) =>
    one['name'] === 'nhs-cis2'
      ? { ...one, issuer: CIS2.issuer, client_id: 'conformance', jwks: { keys: [providerKey] } }
      : one,
  );
  const keysOf = (clientId: string) => (clientId === developers['client_id'] ? { jwks: { keys: [appKey] } } : null);
  await report.step({
    name: 'the pack loads',
    run: async () =>
      (await loadIdentityPack({ ...pack, providers }, options, keysOf)).failures.map(
        ({ line, reason }) => `line ${line}: ${reason}`,
      ),
  });
  await pause(1_000);
  const client = new Client(options.target, developers, [app.privateKey, provider.privateKey]);
  await tokens(client, report);
  await modes(client, report);
  await registration(client, report);
  await loadIdentityPack(pack, options);
  return report.close();
}

const options = await wireOptions(USAGE);
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(options);
