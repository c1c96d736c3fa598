/** Speaks with the token service and PDS as an app would, with keys made for the occasion. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { CryptoKey } from 'jose';

export const PDS = '/personal-demographics/FHIR/R4';
const BACK = 'https://example.org/callback';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const CIS2 = { issuer: 'https://cis2.conformance.test', kid: 'conformance-cis2' };

export type Fields = Readonly<Record<string, string>>;
export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
  readonly body: Body;
}

export class Client {
  readonly target: string;
  /** The app that a developer may give a key of his own. */
  readonly #app: string;
  readonly #secret: string;
  readonly key: CryptoKey;
  readonly providerKey: CryptoKey;

  constructor(target: string, app: Body, [key, providerKey]: readonly [CryptoKey, CryptoKey]) {
    this.#app = String(app['client_id']);
    this.#secret = String(app['client_secret']);
    this.target = target.replace(/\/$/, '');
    this.key = key;
    this.providerKey = providerKey;
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : this.target + path, { redirect: 'manual', ...init });
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

  get clientId(): string {
    return this.#app;
  }

  /** Of a good assertion. */
  claims(more: Body = {}): Body {
    const exp = Math.floor(Date.now() / 1000) + 300;
    const aud = `${this.target}/oauth2/token`;
    return { iss: this.#app, sub: this.#app, aud, jti: randomUUID(), exp, ...more };
  }

  assertion(more: Body = {}): Promise<string> {
    const header = { alg: 'RS512', typ: 'JWT', kid: 'conformance' };
    return new SignJWT(this.claims(more)).setProtectedHeader(header).sign(this.key);
  }

  withAssertion(client_assertion: string): Promise<Answer> {
    return this.post('/oauth2/token', {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION,
      client_assertion,
    });
  }

  /** A token exchange, good but for what is given. */
  async exchangeWith({ assertion, subject }: { assertion?: string; subject?: string }): Promise<Answer> {
    return this.post('/oauth2/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_assertion_type: ASSERTION,
      client_assertion: assertion ?? (await this.assertion()),
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: subject ?? (await this.idToken({ sub: USER, authentication_assurance_level: 3 })),
    });
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

  idClaims(claims: Body): Body {
    const seconds = Math.floor(Date.now() / 1000);
    return { iss: CIS2.issuer, aud: 'conformance', exp: seconds + 300, ...claims };
  }

  idToken(claims: Body, typ = 'JWT'): Promise<string> {
    const header = { alg: 'RS512', typ, kid: CIS2.kid };
    return new SignJWT(this.idClaims(claims)).setProtectedHeader(header).sign(this.providerKey);
  }

  async exchange(claims: Body): Promise<Answer> {
    return this.exchangeWith({ subject: await this.idToken(claims) });
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
export function differs(answer: Answer, status: number, parts: Body = {}): string[] {
  const wrong = answer.status === status ? [] : [`${answer.status} instead of ${status}: ${answer.text.slice(0, 200)}`];
  for (const [name, value] of Object.entries(parts)) {
    if (answer.body[name] !== value)
      wrong.push(`${name} is ${JSON.stringify(answer.body[name])} instead of ${JSON.stringify(value)}`);
  }
  return wrong;
}

export const coded = (answer: Answer, status: number, words: string): string[] => [
  ...differs(answer, status),
  ...(answer.text.includes(words) ? [] : [`'${words}' is not in ${answer.text.slice(0, 300)}`]),
];

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
export const USER = '656005750107';
export const PATIENT = '9000000009';
export const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
