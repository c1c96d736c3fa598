/** Bounds on query parameters, with the words of the official sandbox's validation. */
import { Buffer } from 'node:buffer';
import type { HeaderFault } from '../../domain/mesh/mex-headers.ts';

interface Bounds {
  readonly least: number;
  readonly most: number;
}

export function wholeNumber(
  name: string,
  text: string | undefined,
  standard: number,
  { least, most }: Bounds,
): number | HeaderFault {
  if (text === undefined) return standard;
  const loc = ['query', name] as const;
  if (!/^[+-]?\d{1,15}$/.test(text.trim()))
    return { loc, msg: 'value is not a valid integer', type: 'type_error.integer' };
  const value = Number(text);
  if (value < least) {
    const msg = `ensure this value is greater than or equal to ${least}`;
    return { loc, msg, type: 'value_error.number.not_ge', ctx: { limit_value: least } };
  }
  if (value > most) {
    const msg = `ensure this value is less than or equal to ${most}`;
    return { loc, msg, type: 'value_error.number.not_le', ctx: { limit_value: most } };
  }
  return value;
}

export function textLength(name: string, text: string | undefined, { least, most }: Bounds): HeaderFault | null {
  if (text === undefined) return null;
  const loc = ['query', name] as const;
  if (text.length < least) {
    const msg = `ensure this value has at least ${least} characters`;
    return { loc, msg, type: 'value_error.any_str.min_length', ctx: { limit_value: least } };
  }
  if (text.length <= most) return null;
  const msg = `ensure this value has at most ${most} characters`;
  return { loc, msg, type: 'value_error.any_str.max_length', ctx: { limit_value: most } };
}

export const missing = (place: 'query' | 'path', name: string): HeaderFault => ({
  loc: [place, name],
  msg: 'field required',
  type: 'value_error.missing',
});

/** As RFC 3986 wants it, also for the characters that encodeURIComponent leaves alone. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** A path with those parameters that are given. */
export function linkTo(path: string, parameters: readonly (readonly [string, string | undefined])[]): string {
  const given = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encoded(value)}`]));
  return given.length === 0 ? path : `${path}?${given.join('&')}`;
}

/** A place in a list as clients carry it: opaque, and as long as the interface wants it. */
export const tokenOf = (place: string): string => Buffer.from(`from:${place}`, 'utf8').toString('base64url');

/** The place a token stands for, or null where it is none of ours. */
export function placeOf(token: string): string | null {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  return text.startsWith('from:') && tokenOf(text.slice('from:'.length)) === token ? text.slice('from:'.length) : null;
}
