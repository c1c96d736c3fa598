import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { claimOf, inWindow, signedText, tokenKey, WINDOW_MS } from '../../../src/domain/mesh/authorization.ts';
import type { Claim } from '../../../src/domain/mesh/authorization.ts';

const HEADER = 'NHSMESH PRACTICE1:nonce-1:7:202611221030:ABCDEF';

function claim(header: string, mailboxId = 'PRACTICE1'): Claim {
  const found = claimOf(header, mailboxId);
  if (found.kind !== 'claim') throw new Error(found.code);
  return found;
}

const code = (header: string | null, mailboxId = 'PRACTICE1'): string => {
  const found = claimOf(header, mailboxId);
  return found.kind === 'claim' ? 'claim' : found.code;
};

describe('MESH-M02 the parts of a token', () => {
  test('MESH-M02 a token in order is read, its hash in lower case', () => {
    const { mailboxId, nonce, nonceCount, timestamp, hash, at } = claim(HEADER);
    expect([mailboxId, nonce, nonceCount, timestamp, hash]).toEqual([
      'PRACTICE1',
      'nonce-1',
      '7',
      '202611221030',
      'abcdef',
    ]);
    expect(at).toBe(Date.UTC(2026, 10, 22, 10, 30));
  });

  test('MESH-M02 the signed text has the password between count and time', () => {
    const text = signedText(claim(HEADER), 'p@ss:w0rd');
    expect(text).toBe('PRACTICE1:nonce-1:7:p@ss:w0rd:202611221030');
    expect(createHmac('sha256', 'key').update(text).digest('hex')).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string | null, string]>([
    [null, 'auth-unreadable'],
    ['  ', 'auth-unreadable'],
    ['NHSMESH', 'auth-other-mailbox'],
    [HEADER.replace('PRACTICE1', 'practice1'), 'auth-other-mailbox'],
    [HEADER.replace('PRACTICE1', 'OTHER'), 'auth-other-mailbox'],
    [HEADER.slice('NHSMESH '.length), 'auth-unreadable'],
    [HEADER.replace(':7:', '::'), 'auth-unreadable'],
    [HEADER.replace(':7:', ':-7:'), 'auth-unreadable'],
    [HEADER.replace('nonce-1', ''), 'auth-unreadable'],
    [`${HEADER}:more`, 'auth-unreadable'],
    [HEADER.replace('202611221030', '202611311030'), 'auth-unreadable'],
    [HEADER.replace('202611221030', '202613221030'), 'auth-unreadable'],
    [HEADER.replace('202611221030', '20261122103'), 'auth-unreadable'],
    [HEADER.toLowerCase().replace('practice1', 'PRACTICE1'), 'claim'],
  ])('MESH-M02 %s is %s', (header, expected) => {
    expect(code(header)).toBe(expected);
  });
});

test('MESH-M03 two tokens are the same by mailbox, nonce, count and time, not by their hash', () => {
  expect(tokenKey(claim(HEADER))).toBe(tokenKey(claim(HEADER.replace('ABCDEF', 'FEDCBA'))));
  for (const other of [
    HEADER.replace('nonce-1', 'nonce-2'),
    HEADER.replace(':7:', ':8:'),
    HEADER.replace('1030', '1031'),
  ]) {
    expect(tokenKey(claim(other))).not.toBe(tokenKey(claim(HEADER)));
  }
});

test('MESH-M04 the window is two hours to both sides', () => {
  const token = claim(HEADER);
  expect([WINDOW_MS, -WINDOW_MS].map((shift) => inWindow(token, token.at + shift))).toEqual([true, true]);
  expect([WINDOW_MS + 1, -WINDOW_MS - 1].map((shift) => inWindow(token, token.at + shift))).toEqual([false, false]);
});
