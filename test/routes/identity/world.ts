/** A token service with apps, providers and people of its own, all keys made here; requests go through the real router. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import { route } from '../../../src/routes/router.ts';
import { readSettings } from '../../../src/routes/settings.ts';
import type { Settings } from '../../../src/routes/settings.ts';
import { secretDigest } from '../../../src/routes/identity/digests.ts';
import type { IdentityShards } from '../../../src/actors/stubs.ts';
import { TokenBuckets } from '../../../src/routes/rate-limit.ts';
import { FakeSpine } from '../support.ts';

export const ORIGIN = 'https://edge.test';
export const START = Date.UTC(2026, 2, 13, 12, 0, 0);
export const CIS2 = 'https://cis2.test/realm';
export const NHS_LOGIN = 'https://login.test/realm';
export const BACK = 'https://example.org/callback';
export const PDS_SCOPE = (principal: string): string => `urn:nhsd:apim:${principal}:personal-demographics-service`;

export const USER_SCOPES = [
  PDS_SCOPE('user-nhs-id:aal3'),
  PDS_SCOPE('user-nhs-cis2:aal2'),
  PDS_SCOPE('user-nhs-cis2:aal3'),
  PDS_SCOPE('user-nhs-login:P9'),
  PDS_SCOPE('user-nhs-login:P5'),
  PDS_SCOPE('user-nhs-login:P0'),
];

export interface Keys {
  readonly privateKey: CryptoKey;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export async function keyPair(algorithm: string, kid: string): Promise<Keys> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } };
}

/** A JWT of any header, claims and key. */
export const signed = (
  claims: object,
  header: { alg: string; [name: string]: unknown },
  key: CryptoKey | Uint8Array,
): Promise<string> => new SignJWT({ ...claims }).setProtectedHeader(header).sign(key);

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT that nobody signed. */
export const unsigned = (header: object, claims: object, signature = 'AAAA'): string =>
  `${base64url(header)}.${base64url(claims)}.${signature}`;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  let body: Readonly<Record<string, unknown>> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Not every answer has a JSON body.
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** One isolate: its own caches, shared actors. */
export class EdgeProcess {
  readonly world: World;
  readonly #identity: IdentityShards;
  settings: Settings;

  constructor(world: World, identity: IdentityShards, settings: Settings) {
    this.world = world;
    this.#identity = identity;
    this.settings = settings;
  }

  async send(path: string, init: RequestInit = {}): Promise<Answered> {
    const { spine, now } = this.world;
    const seen = new Proxy(spine, {
      get: (target, name) => (name === 'identity' ? this.#identity : Reflect.get(target, name)),
    });
    const request = new Request(path.startsWith('http') ? path : ORIGIN + path, { redirect: 'manual', ...init });
    return answered(await route(request, { spine: seen, settings: this.settings, now, limiter: new TokenBuckets() }));
  }

  form(
    path: string,
    fields: Readonly<Record<string, string | undefined>>,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const body = new URLSearchParams(given).toString();
    return this.send(path, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  token(fields: Readonly<Record<string, string | undefined>>, base = '/oauth2'): Promise<Answered> {
    return this.form(`${base}/token`, fields);
  }

  /** GET Patient with a token. */
  patient(token: string, nhsNumber = '9000000009', headers: Record<string, string> = {}): Promise<Answered> {
    return this.send(`/personal-demographics/FHIR/R4/Patient/${nhsNumber}`, {
      headers: { Authorization: `Bearer ${token}`, 'X-Request-ID': crypto.randomUUID(), ...headers },
    });
  }
}

export class World {
  readonly spine = new FakeSpine();
  now = START;
  readonly app: Keys;
  readonly second: Keys;
  readonly cis2: Keys;
  readonly login: Keys;
  readonly signer: Keys;
  readonly edge: EdgeProcess;
  readonly otherEdge: EdgeProcess;
  #jti = 0;

  private constructor(keys: { app: Keys; second: Keys; cis2: Keys; login: Keys; signer: Keys }, settings: Settings) {
    ({ app: this.app, second: this.second, cis2: this.cis2, login: this.login, signer: this.signer } = keys);
    this.spine.identity.now = () => this.now;
    this.edge = new EdgeProcess(this, this.spine.identity, settings);
    this.otherEdge = new EdgeProcess(this, this.spine.identity.otherEdge(), settings);
  }

  static async make(more: Readonly<Record<string, string>> = {}): Promise<World> {
    const [app, second, cis2, login, signer] = await Promise.all([
      keyPair('RS512', 'app-1'),
      keyPair('RS512', 'app-2'),
      keyPair('RS512', 'cis2-1'),
      keyPair('RS256', 'login-1'),
      keyPair('ES256', 'spine-1'),
    ]);
    const privateKey = { ...(await exportJWK(signer.privateKey)), kid: 'spine-1', alg: 'ES256' };
    const settings = readSettings({
      ACCESS: 'enforced',
      ENVIRONMENT: 'sandbox',
      TOKEN_ISSUER: 'https://edge.test/oauth2',
      TOKEN_AUDIENCE: 'edge-spine',
      KEY_SET: JSON.stringify({ keys: [signer.jwk] }),
      SIGNING_KEYS: JSON.stringify({ keys: [privateKey] }),
      OPERATOR_KEY: 'operator-1',
      STATUS_KEY: 'status-1',
      ...more,
    });
    const world = new World({ app, second, cis2, login, signer }, settings);
    await world.#populate();
    return world;
  }

  async #populate(): Promise<void> {
    const keys = [this.app.jwk, this.second.jwk];
    await this.register('app', { jwks: { keys }, scopes: [PDS_SCOPE('app:level3'), ...USER_SCOPES] });
    await this.register('second', { jwks: { keys: [this.second.jwk] }, scopes: [PDS_SCOPE('app:level3')] });
    await this.register('no-key', { scopes: [PDS_SCOPE('app:level3')] });
    await this.register('no-scope', { jwks: { keys }, scopes: [] });
    await this.register('user-only', { jwks: { keys }, scopes: USER_SCOPES });
    await this.register('aal2-only', { jwks: { keys }, scopes: [PDS_SCOPE('user-nhs-cis2:aal2')] });
    await this.register('revoked', { jwks: { keys }, scopes: [PDS_SCOPE('app:level3')], status: 'revoked' });
    await this.register('far-keys', { jwksUrl: 'https://10.0.0.1/jwks', scopes: [PDS_SCOPE('app:level3')] });
    const trust = (name: string, issuer: string, clientId: string, jwk: object) =>
      this.command('identity-provider', `idp/${name}`, {
        name: 'trust-provider',
        provider: { name, issuer, clientId, jwks: { keys: [jwk] } },
      });
    await trust('nhs-cis2', CIS2, 'spine-at-cis2', this.cis2.jwk);
    await trust('nhs-login', NHS_LOGIN, 'spine-at-login', this.login.jwk);
    await this.worker('656000000001', 3, ['100000000001']);
    await this.worker('656000000002', 3, ['100000000002', '100000000003']);
    await this.worker('656000000003', 2, ['100000000004']);
    await this.worker('656000000004', 1, ['100000000005']);
    for (const [nhsNumber, level, vot] of [
      ['9000000009', 'P9', 'P9.Cp.Cd'],
      ['9000000017', 'P5', 'P5.Cp'],
      ['9000000025', 'P0', 'P0.Cp'],
    ]) {
      await this.command('mock-patient', `patient-login/${nhsNumber}`, {
        name: 'load-mock-patient',
        patient: { nhsNumber, level, vot },
      });
    }
  }

  async command(kind: string, key: string, command: { name: string; [more: string]: unknown }): Promise<void> {
    const outcome = await this.spine.identity.submit(kind, key, command, {
      agent: { client: 'operator', mode: 'import', rights: [] },
      requestId: '',
    });
    if (outcome.kind !== 'replied') throw new Error(`${key}: ${JSON.stringify(outcome)}`);
  }

  register(clientId: string, more: Readonly<Record<string, unknown>>): Promise<void> {
    const application = {
      clientId,
      name: `App ${clientId}`,
      secretDigest: secretDigest(clientId, 'secret-1'),
      redirectUris: [BACK],
      status: 'approved',
      jwks: null,
      jwksUrl: null,
      scopes: [],
      attributes: {},
      quota: { requests: 1000, interval: 1, unit: 'second' },
      ...more,
    };
    return this.command('application', `app/${clientId}`, { name: 'register-application', application });
  }

  worker(uid: string, level: number, roleIds: readonly string[]): Promise<void> {
    const roles = roleIds.map((id) => ({
      person_orgid: '1',
      person_roleid: id,
      org_code: 'A20047',
      role_code: 'S8000:G8000:R8000',
      role_name: '"Clinical"',
      activities: [],
      activity_codes: ['B0820'],
    }));
    const worker = {
      uid,
      status: 'open',
      profile: { name: `Worker ${uid}` },
      roles,
      authenticators: [],
      mockLogin: { level, methods: ['N3_SMARTCARD'] },
    };
    return this.command('worker', `user/${uid}`, { name: 'load-worker', worker });
  }

  get seconds(): number {
    return Math.floor(this.now / 1000);
  }

  nextJti = (): string => `jti-${++this.#jti}`;

  /** Claims of a good assertion for the token endpoint. */
  claims(more: Readonly<Record<string, unknown>> = {}, clientId = 'app'): Record<string, unknown> {
    return {
      iss: clientId,
      sub: clientId,
      aud: `${ORIGIN}/oauth2/token`,
      jti: this.nextJti(),
      exp: this.seconds + 300,
      ...more,
    };
  }

  async assertion(more: Readonly<Record<string, unknown>> = {}, clientId = 'app'): Promise<string> {
    return signed(this.claims(more, clientId), { alg: 'RS512', typ: 'JWT', kid: 'app-1' }, this.app.privateKey);
  }

  clientCredentials(assertion: string | undefined): Record<string, string | undefined> {
    return {
      grant_type: 'client_credentials',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
  }

  exchange(assertion: string, subject: string | undefined): Record<string, string | undefined> {
    return {
      ...this.clientCredentials(assertion),
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subject,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    };
  }

  cis2Claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      iss: CIS2,
      sub: '656000000001',
      aud: 'spine-at-cis2',
      exp: this.seconds + 300,
      iat: this.seconds,
      sid: `sid-${this.nextJti()}`,
      acr: 'AAL3_ANY',
      amr: ['N3_SMARTCARD'],
      authentication_assurance_level: 3,
      ...more,
    };
  }

  loginClaims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      iss: NHS_LOGIN,
      sub: 'b1',
      aud: 'spine-at-login',
      exp: this.seconds + 300,
      nhs_number: '9000000009',
      identity_proofing_level: 'P9',
      vot: 'P9.Cp.Cd',
      ...more,
    };
  }

  cis2Token = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    signed(this.cis2Claims(more), { alg: 'RS512', typ: 'JWT', kid: 'cis2-1' }, this.cis2.privateKey);

  loginToken = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    signed(this.loginClaims(more), { alg: 'RS256', typ: 'JWT', kid: 'login-1' }, this.login.privateKey);

  /** An access token by one of the flows. */
  async appToken(clientId = 'app'): Promise<string> {
    return tokenIn(await this.edge.token(this.clientCredentials(await this.assertion({}, clientId))));
  }

  async userToken(more: Readonly<Record<string, unknown>> = {}, clientId = 'app'): Promise<Answered> {
    return this.edge.token(this.exchange(await this.assertion({}, clientId), await this.cis2Token(more)));
  }

  /** Walks through the mock log-in up to the client's code. */
  async logIn(username: string, more: Readonly<Record<string, string>> = {}, base = '/oauth2-mock'): Promise<URL> {
    const query = new URLSearchParams({
      client_id: 'app',
      redirect_uri: BACK,
      response_type: 'code',
      state: 'client-state',
      ...more,
    });
    const start = await this.edge.send(`${base}/authorize?${query}`);
    const page = await this.edge.send(start.headers.get('Location') ?? '');
    const action = /action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = await this.edge.form(action, { username });
    const end = await this.edge.send(back.headers.get('Location') ?? '');
    return new URL(end.headers.get('Location') ?? `${ORIGIN}/failed?${JSON.stringify(end.body)}`);
  }

  codeFields(
    code: string,
    more: Readonly<Record<string, string | undefined>> = {},
  ): Record<string, string | undefined> {
    return {
      grant_type: 'authorization_code',
      client_id: 'app',
      client_secret: 'secret-1',
      redirect_uri: BACK,
      code,
      ...more,
    };
  }

  refreshFields(
    token: unknown,
    more: Readonly<Record<string, string | undefined>> = {},
  ): Record<string, string | undefined> {
    return {
      grant_type: 'refresh_token',
      client_id: 'app',
      client_secret: 'secret-1',
      refresh_token: String(token),
      ...more,
    };
  }

  /** What the journal says was refused. */
  get denials(): readonly string[] {
    return this.spine.identity.journal.filter(({ action }) => action === 'note-denial').map(({ outcome }) => outcome);
  }
}

export function tokenIn({ status, body, text }: Answered): string {
  const token = body['access_token'];
  if (status !== 200 || typeof token !== 'string') throw new Error(`no token: ${status} ${text}`);
  return token;
}
