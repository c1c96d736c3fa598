/** Takes a compact JWS apart without believing any of it: only a verified signature makes the claims true. */

export type Json = Readonly<Record<string, unknown>>;

export interface JwtParts {
  readonly header: Json;
  readonly claims: Json;
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function jsonObject(part: string): Json | null {
  if (!BASE64URL.test(part)) return null;
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
    const value: unknown = JSON.parse(decoder.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

/** Null unless there are three parts of which the first two are JSON objects. The third may be empty (alg none). */
export function jwtParts(token: string): JwtParts | null {
  const [head, body, signature, ...more] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) return null;
  if (signature !== '' && !BASE64URL.test(signature)) return null;
  const header = jsonObject(head);
  const claims = header === null ? null : jsonObject(body);
  return header === null || claims === null ? null : { header, claims };
}

/** A claim that is a non-empty text, or null. */
export function textOf(part: Json, name: string): string | null {
  const value = Object.hasOwn(part, name) ? part[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Present at all: null and undefined count as absent. */
export const has = (part: Json, name: string): boolean =>
  Object.hasOwn(part, name) && part[name] !== undefined && part[name] !== null;

export const isJwtType = (header: Json): boolean => textOf(header, 'typ')?.toUpperCase() === 'JWT';

/** An audience may be one name or a list of them. */
export function audienceHas(claims: Json, name: string): boolean {
  const { aud } = claims;
  return aud === name || (Array.isArray(aud) && aud.includes(name));
}
