/** The only door: turns the Authorization header into a grant, or says why not. What a grant may do is each service's matter. */
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import { URGENT_CARE } from '../actors/stubs.ts';
import { noteAdmission } from './denials.ts';
import { lockedOut } from './sweeps.ts';
import { StandingUnknown } from './standing.ts';
import { keyGrant, standingGrant } from './identity/standing-grant.ts';
import { grantOf } from './grant.ts';
import type { Grant } from './grant.ts';
import { CLOCK_LEEWAY_SECONDS, MAX_CACHED_TOKENS, MAX_TOKEN_CHARACTERS } from './limits.ts';
import type { RequestContext } from './request-context.ts';
import type { WireRefusal } from './service.ts';
import type { Settings } from './settings.ts';

/** Signatures only, no shared secrets, never `none`. */
const ALGORITHMS = ['RS256', 'RS512', 'ES256', 'EdDSA'];

export type Admission = Grant | WireRefusal;

const unauthorised = (diagnostics: string): WireRefusal => ({
  kind: 'refused',
  code: 'unauthorised',
  diagnostics,
  gateway: true,
});

const MISSING_HEADER = unauthorised('Missing Authorization header');
const EMPTY_HEADER = unauthorised('Empty Authorization header');
const MISSING_TOKEN = unauthorised('Missing access token');
const INVALID_TOKEN = unauthorised('Invalid Access Token');
const EXPIRED_TOKEN = unauthorised('Access Token expired');

/** The characters RFC 6750 allows in a token, with at least one letter and one digit as the public sandbox wants. */
const TOKEN = /^(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9._~+/-]+=*$/;

const SCHEME = /^[\x21-\x7e]{1,64}$/;

type Bearer = { readonly kind: 'bearer'; readonly token: string } | WireRefusal;

function bearerToken(header: string): Bearer {
  const value = header.trim();
  if (value === '') return EMPTY_HEADER;
  const space = value.indexOf(' ');
  if (space === -1) return MISSING_TOKEN;
  const scheme = value.slice(0, space);
  if (scheme.toLowerCase() !== 'bearer') {
    const shown = SCHEME.test(scheme) ? scheme : '';
    return unauthorised(`Invalid token type '${shown}', must be 'Bearer'`);
  }
  const token = value.slice(space + 1).trim();
  return token.length <= MAX_TOKEN_CHARACTERS && TOKEN.test(token) ? { kind: 'bearer', token } : INVALID_TOKEN;
}

/** Nobody is known where access is open: everyone is the one open client. */
const OPEN_GRANT: Grant = {
  kind: 'granted',
  open: true,
  app: { id: 'open', name: 'open', attributes: {} },
  scopes: [],
  roles: [],
};

export async function admit(context: RequestContext): Promise<Admission> {
  const { settings } = context;
  const header = context.request.headers.get('Authorization');
  if (header === null) return settings.access === 'open' ? OPEN_GRANT : MISSING_HEADER;
  const bearer = bearerToken(header);
  if (bearer.kind === 'refused') return bearer;
  if (settings.access === 'open') return OPEN_GRANT;
  const grant = await verifierOf(settings).grant(bearer.token, context.now);
  if (grant.kind === 'refused') return grant;
  const stands = grant.standing === undefined ? grant : await stillGranted(context, grant);
  if (stands.kind === 'refused') return stands;
  noteAdmission(context, stands);
  return lockedOut(stands, context.now) ?? withoutPlace(context, stands) ?? stands;
}

/** Where the ordinary places are taken, only systems go on whose registration says that their reads are urgent. */
function withoutPlace({ gate, reserved }: RequestContext, { app }: Grant): WireRefusal | null {
  if (reserved !== true || app.attributes[URGENT_CARE] === 'true') return null;
  gate?.refused();
  return { ...NOT_NOW, retryAfterSeconds: gate?.retryAfterSeconds() ?? 1 };
}

const NOT_NOW: WireRefusal = { kind: 'refused', code: 'timeout', gateway: true, retryAfterSeconds: 1 };

/** Nobody is let in on the word of a token alone while it cannot be known whether that word still counts. */
async function stillGranted(context: RequestContext, grant: Grant): Promise<Admission> {
  try {
    return (await standingGrant(context, grant)) ?? INVALID_TOKEN;
  } catch (error) {
    if (error instanceof StandingUnknown) return NOT_NOW;
    throw error;
  }
}

/** The grant of a token of our own service, wherever access is open or not; null: the token is not good. */
export async function verifiedGrant(context: RequestContext): Promise<Grant | null> {
  const { settings } = context;
  const bearer = bearerToken(context.request.headers.get('Authorization') ?? '');
  if (bearer.kind === 'refused' || settings.keySet === '' || settings.issuer === '') return null;
  const grant = await verifierOf(settings).grant(bearer.token, context.now);
  const stands = grant.kind === 'refused' || grant.standing === undefined ? null : await stillGranted(context, grant);
  return stands === null || stands.kind === 'refused' ? null : stands;
}

const NO_KEY: WireRefusal = { kind: 'refused', code: 'invalid-api-key', gateway: true };

/** The door of services that ask for an API key alone: the id of an approved app. */
export async function admitByKey(context: RequestContext): Promise<Admission> {
  const key = context.request.headers.get('apikey');
  if (context.settings.access === 'open') return OPEN_GRANT;
  if (key === null || key === '') return NO_KEY;
  try {
    return (await keyGrant(context, key)) ?? NO_KEY;
  } catch (error) {
    if (error instanceof StandingUnknown) return NOT_NOW;
    throw error;
  }
}

interface CachedGrant {
  readonly grant: Grant;
  readonly until: number;
}

/** Verifies tokens of one deployment and remembers those that passed until they expire. */
class TokenVerifier {
  readonly #settings: Settings;
  readonly #keys: JWTVerifyGetKey;
  readonly #passed = new Map<string, CachedGrant>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#keys = createLocalJWKSet(JSON.parse(settings.keySet) as JSONWebKeySet);
  }

  async grant(token: string, now: number): Promise<Admission> {
    const cached = this.#passed.get(token);
    if (cached !== undefined) {
      if (now < cached.until) return cached.grant;
      this.#passed.delete(token);
      return EXPIRED_TOKEN;
    }
    const payload = await this.#verify(token, now);
    if (payload === 'expired') return EXPIRED_TOKEN;
    const grant = payload === 'invalid' ? null : grantOf(payload);
    if (payload === 'invalid' || grant === null || payload.exp === undefined) return INVALID_TOKEN;
    // Our own tokens end to the millisecond: issuer and door have one clock. A stranger's may differ a little.
    const leeway = grant.standing === undefined ? CLOCK_LEEWAY_SECONDS : 0;
    const until = (payload.exp + leeway) * 1000;
    if (now >= until) return EXPIRED_TOKEN;
    this.#remember(token, { grant, until });
    return grant;
  }

  async #verify(token: string, now: number): Promise<JWTPayload | 'expired' | 'invalid'> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: ALGORITHMS,
        issuer: this.#settings.issuer,
        audience: this.#settings.audience,
        clockTolerance: CLOCK_LEEWAY_SECONDS,
        currentDate: new Date(now),
      });
      return payload;
    } catch (error) {
      return error instanceof errors.JWTExpired ? 'expired' : 'invalid';
    }
  }

  /** A Map keeps the order of insertion, so the oldest entry goes first when it is full. */
  #remember(token: string, entry: CachedGrant): void {
    if (this.#passed.size >= MAX_CACHED_TOKENS) {
      const oldest = this.#passed.keys().next();
      if (oldest.done !== true) this.#passed.delete(oldest.value);
    }
    this.#passed.set(token, entry);
  }
}

const verifiers = new WeakMap<Settings, TokenVerifier>();

function verifierOf(settings: Settings): TokenVerifier {
  let verifier = verifiers.get(settings);
  if (verifier === undefined) {
    verifier = new TokenVerifier(settings);
    verifiers.set(settings, verifier);
  }
  return verifier;
}
