/** Signs access tokens. The format is told in docs/adr/0004-access-tokens.md; clients never look inside. */
import { importJWK, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { ACCESS_TOKEN_MS, secondsLeft, shortened } from '../../domain/identity/lifetimes.ts';
import type { GrantFacts } from '../../domain/identity/session.ts';
import type { Settings } from '../settings.ts';
import { fieldOf } from './oauth-call.ts';
import type { OauthCall } from './oauth-call.ts';
import { randomName } from './digests.ts';

interface Signer {
  readonly kid: string;
  readonly algorithm: string;
  readonly key: CryptoKey;
}

const signers = new WeakMap<Settings, Promise<Signer | null>>();

/** The first key of the set signs; the others wait for their tokens to expire. */
async function readSigner(keys: string): Promise<Signer | null> {
  if (keys === '') return null;
  const { keys: [first] = [] } = JSON.parse(keys) as { keys?: JWK[] };
  if (first?.alg === undefined || first.kid === undefined) return null;
  const key = await importJWK(first, first.alg);
  return key instanceof Uint8Array ? null : { kid: first.kid, algorithm: first.alg, key };
}

function signerOf(settings: Settings): Promise<Signer | null> {
  const known = signers.get(settings) ?? readSigner(settings.signingKeys).catch(() => null);
  signers.set(settings, known);
  return known;
}

export interface IssuedToken {
  readonly token: string;
  /** Whole seconds, as text. */
  readonly expiresIn: string;
}

/** A session makes the token end with it; a worker, with the account. */
export interface TokenSubject {
  readonly facts: Pick<GrantFacts, 'clientId' | 'scopes' | 'authentication'> & Partial<GrantFacts>;
  readonly session?: string;
  readonly worker?: string;
}

/** Null where this deployment has no key to sign with. */
export async function issueAccessToken(
  call: OauthCall,
  { facts, session, worker }: TokenSubject,
): Promise<IssuedToken | null> {
  const { settings, now } = call.context;
  const signer = await signerOf(settings);
  if (signer === null) return null;
  const life = shortened(fieldOf(call, '_access_token_expiry_ms'), ACCESS_TOKEN_MS);
  const { clientId, scopes, authentication, user, roles, nhsNumber, vot, actor } = facts;
  const claims = {
    client_id: clientId,
    scope: scopes.join(' '),
    authentication,
    standing: { ...(session === undefined ? {} : { session }), ...(worker === undefined ? {} : { worker }) },
    ...(user === undefined ? {} : { sub: user }),
    ...(roles === undefined ? {} : { roles }),
    ...(nhsNumber === undefined ? {} : { nhs_number: nhsNumber }),
    ...(vot === undefined ? {} : { vot }),
    ...(actor === undefined ? {} : { actor }),
    iss: settings.issuer,
    aud: settings.audience,
    iat: Math.floor(now / 1000),
    exp: (now + life) / 1000,
    jti: randomName(12),
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: signer.algorithm, kid: signer.kid, typ: 'at+jwt' })
    .sign(signer.key);
  return { token, expiresIn: secondsLeft(life) };
}
