/** A started Spine where every door is shut, with an app, people in roles and a mailbox of its own. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import { newDataFolder, runScript, SpawnedSpine } from './spawned-spine.ts';

const BACK = 'https://example.org/callback';
export const APP = 'audit-app';
const PRODUCTS = ['personal-demographics-service', 'summary-care-record', 'patient-flags-api'];
const LEVELS = ['app:level3', 'user-nhs-cis2:aal3', 'user-nhs-id:aal3', 'user-nhs-login:P9'];

export interface Person {
  readonly uid: string;
  readonly role: string;
  readonly organization: string;
  readonly code: string;
  readonly activities: readonly string[];
}

const person = (uid: string, organization: string, code: string, activities: readonly string[] = []): Person => ({
  uid,
  role: `7${uid.slice(1)}`,
  organization,
  code,
  activities,
});

export const PEOPLE = {
  clinician: person('600000000001', 'RBA', 'R8000', ['B0820', 'B0825', 'B0401']),
  officer: person('600000000002', 'RBA', 'R0001', ['B0015', 'B0017']),
  auditor: person('600000000003', 'X26', 'R5100'),
  manager: person('600000000004', 'RBA', 'R5080'),
  otherOfficer: person('600000000005', 'RCD', 'R0001', ['B0015']),
  sponsor: person('600000000006', 'RBA', 'R8000', ['B1300', 'B0401']),
  colleague: person('600000000007', 'RBA', 'R8000', ['B0820', 'B0401']),
} as const;

const registered = ({ uid, role, organization, code, activities }: Person) => ({
  uid,
  profile: { name: `Person ${uid}` },
  roles: [
    {
      person_orgid: '1',
      person_roleid: role,
      org_code: organization,
      role_code: `S0000:G0000:${code}`,
      role_name: code,
      activity_codes: activities,
    },
  ],
  mockLogin: { level: 3 },
});

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export class EnforcedSpine {
  readonly spine: SpawnedSpine;
  readonly #key: CryptoKey;
  readonly #data: string;

  private constructor(spine: SpawnedSpine, key: CryptoKey, data: string) {
    this.spine = spine;
    this.#key = key;
    this.#data = data;
  }

  static async start(args: readonly string[] = []): Promise<EnforcedSpine> {
    const data = await newDataFolder();
    const made = await runScript('scripts/keys.ts', ['--data', data, '--algorithm', 'ES256']);
    if (made.code !== 0) throw new Error(made.output);
    const spine = await SpawnedSpine.start({ data, args: ['--access', 'enforced', '--population', '20', ...args] });
    const { publicKey, privateKey } = await generateKeyPair('RS512');
    const house = new EnforcedSpine(spine, privateKey, data);
    await house.#load({ ...(await exportJWK(publicKey)), kid: 'k1' });
    return house;
  }

  get operatorKey(): string {
    return readFileSync(join(this.#data, 'operator.key'), 'utf8').trim();
  }

  async #load(jwk: object): Promise<void> {
    const scopes = LEVELS.flatMap((level) => PRODUCTS.map((product) => `urn:nhsd:apim:${level}:${product}`));
    const app = {
      client_id: APP,
      name: 'Audit app',
      client_secret: 'secret-1',
      status: 'approved',
      redirect_uris: [BACK],
      jwks: { keys: [jwk] },
      scopes,
      attributes: { asid: '200000001285' },
      quota: { requests: 1000, interval: 1, unit: 'second' },
      spike: 1000,
    };
    const provider = (name: string) => ({
      name,
      issuer: `https://mock.invalid/${name}`,
      client_id: 'spine',
      jwks: { keys: [] },
    });
    const lines = [
      { kind: 'application', value: app },
      { kind: 'provider', value: provider('nhs-cis2') },
      { kind: 'provider', value: provider('nhs-login') },
      ...Object.values(PEOPLE).map((one) => ({ kind: 'worker', value: registered(one) })),
      { kind: 'patient', value: { nhs_number: '9000000009', identity_proofing_level: 'P9', vot: 'P9.Cp.Cd' } },
      {
        kind: 'rbac',
        value: { roles: { R8000: 'Clinical Practitioner' }, activities: {}, includes: {}, baseline: {} },
      },
    ];
    const loaded = await this.operator('POST', '/care-identity/operator/load', lines);
    if (loaded.status !== 200 || loaded.text.includes('"reason"')) throw new Error(loaded.text);
    await this.operator('PUT', '/operator/mesh/mailboxes/AUDIT01', {
      mailbox_id: 'AUDIT01',
      name: 'Audit',
      password: 'password',
      org_code: 'RBA',
    });
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : this.spine.url + path, {
      redirect: 'manual',
      ...init,
    });
    const text = await response.text();
    let body: Record<string, unknown> = {};
    try {
      body = JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Pages and empty answers.
    }
    return { status: response.status, headers: response.headers, text, body };
  }

  /** Lists are sent as NDJSON. */
  operator(method: string, path: string, body: unknown): Promise<Answer> {
    const text = Array.isArray(body) ? body.map((line) => JSON.stringify(line)).join('\n') : JSON.stringify(body);
    const headers = { authorization: `Bearer ${this.operatorKey}`, 'content-type': 'application/json' };
    return this.send(path, { method, headers, ...(body === undefined ? {} : { body: text }) });
  }

  form(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
  }

  async appToken(): Promise<string> {
    const assertion = await new SignJWT({
      iss: APP,
      sub: APP,
      aud: `${this.spine.url}/oauth2/token`,
      jti: randomUUID(),
    })
      .setProtectedHeader({ alg: 'RS512', typ: 'JWT', kid: 'k1' })
      .setExpirationTime('5m')
      .sign(this.#key);
    const answer = await this.form('/oauth2/token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    return String(answer.body['access_token']);
  }

  /** Through the mock log-in. */
  async logIn(username: string, scope?: string): Promise<string> {
    const query = new URLSearchParams({
      client_id: APP,
      redirect_uri: BACK,
      response_type: 'code',
      state: 's',
      ...(scope === undefined ? {} : { scope }),
    });
    const begun = await this.send(`/oauth2-mock/authorize?${query.toString()}`);
    const page = await this.send(begun.headers.get('location') ?? '');
    const action = /id="kc-form-login" action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = await this.form(action, { username });
    const end = await this.send(back.headers.get('location') ?? '');
    const code = new URL(end.headers.get('location') ?? 'https://none/').searchParams.get('code') ?? '';
    const token = await this.form('/oauth2-mock/token', {
      grant_type: 'authorization_code',
      client_id: APP,
      client_secret: 'secret-1',
      redirect_uri: BACK,
      code,
    });
    if (token.status !== 200) throw new Error(`${username}: ${token.text}`);
    return String(token.body['access_token']);
  }

  /** As a person in his role. */
  as(
    token: string,
    path: string,
    more: { method?: string; body?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    const { body, headers = {}, method = 'GET' } = more;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return this.send(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-request-id': randomUUID(),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
  }

  async close(): Promise<void> {
    await this.spine.close();
    await SpawnedSpine.remove(this.#data);
  }
}
