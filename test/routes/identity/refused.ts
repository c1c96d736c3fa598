/** What the refusal tests share: an exact look at an error, keys of a stranger, tokens bent in one place. */
import { expect } from 'vitest';
import { OAUTH_ERRORS } from '../../../src/domain/identity/oauth-errors.ts';
import type { OauthErrorId } from '../../../src/domain/identity/oauth-errors.ts';
import type { Answered, World } from './world.ts';

export type Make = () => string | undefined | Promise<string | undefined>;

/** Exact on the wire, and the last thing noted in the journal. */
export function expectErrorIn(world: World, answer: Answered, id: OauthErrorId): void {
  const { status, error, description } = OAUTH_ERRORS[id];
  expect([answer.status, answer.body['error'], answer.body['error_description']]).toEqual([status, error, description]);
  expect(Object.keys(answer.body)).toEqual(['error', 'error_description', 'message_id']);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(world.denials.at(-1)).toBe(id);
}

export const RS512 = { alg: 'RS512', typ: 'JWT', kid: 'app-1' } as const;
export const CIS2_HEADER = { alg: 'RS512', typ: 'JWT', kid: 'cis2-1' } as const;
export const hmac = (text: string): Uint8Array => new TextEncoder().encode(text);
export const tampered = (token: string, part: number, text: string): string =>
  token
    .split('.')
    .map((one, at) => (at === part ? text : one))
    .join('.');
export const flipped = (token: string): string =>
  token.slice(0, -8) + (token.at(-8) === 'A' ? 'B' : 'A') + token.slice(-7);
