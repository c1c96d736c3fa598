/** The judge is judged: sound histories pass, and every kind of breach is told. */
import { describe, expect, test } from 'vitest';
import { breaches } from '../support/history.ts';
import type { Attempt } from '../support/history.ts';

let ids = 0;

const write = (version: number, from: number, to: number, more: Partial<Attempt> = {}): Attempt => ({
  requestId: `w${++ids}`,
  record: 'r',
  kind: 'write',
  invoked: from,
  returned: to,
  expected: version - 1,
  outcome: 'ok',
  version,
  digest: `text ${version}`,
  ...more,
});
const read = (version: number, from: number, to: number, more: Partial<Attempt> = {}): Attempt => ({
  requestId: `r${++ids}`,
  record: 'r',
  kind: 'read',
  invoked: from,
  returned: to,
  outcome: 'ok',
  version,
  digest: `text ${version}`,
  ...more,
});
const refused = (expected: number, from: number, to: number): Attempt => ({
  requestId: `c${++ids}`,
  record: 'r',
  kind: 'write',
  invoked: from,
  returned: to,
  expected,
  outcome: 'conflict',
});
const unknown = (expected: number, from: number, requestId = `u${++ids}`): Attempt => ({
  requestId,
  record: 'r',
  kind: 'write',
  invoked: from,
  returned: Infinity,
  expected,
  outcome: 'unknown',
});
const judged = (...history: Attempt[]): string => breaches(history, new Map([['r', 1]])).join('; ');

describe('RUN-22 sound histories', () => {
  const retried = unknown(1, 0, 'retried');
  test.each<[string, Attempt[]]>([
    ['one after the other', [write(2, 0, 1), read(2, 2, 3), write(3, 4, 5), refused(2, 6, 7)]],
    ['side by side', [write(2, 0, 9), read(1, 1, 8), read(2, 1, 8), refused(1, 1, 8)]],
    ['an unknown write that happened', [unknown(1, 0), read(2, 5, 6), write(3, 7, 8)]],
    ['an unknown write that did not happen', [unknown(1, 0), read(1, 5, 6), write(2, 7, 8)]],
    ['an unknown write whose repeat tells', [retried, read(2, 1, 2), write(2, 3, 4, { requestId: 'retried' })]],
    ['a repeat long after', [write(2, 0, 1, { requestId: 'x' }), write(3, 2, 3), write(2, 4, 5, { requestId: 'x' })]],
  ])('RUN-22 pass: %s', (_name, history) => {
    expect(judged(...history)).toBe('');
  });
});

describe('RUN-22 breaches', () => {
  test.each<[string, Attempt[], RegExp]>([
    ['two writers of one version', [write(2, 0, 1), write(2, 0, 1)], /acknowledged to/],
    ['a version nobody wrote', [write(2, 0, 1), read(4, 2, 3)], /nobody wrote version 3/],
    ['a skipped version', [write(2, 0, 1), write(4, 2, 3)], /nobody wrote version 3/],
    [
      'an unknown write whose repeat was refused yet shows',
      [unknown(1, 0, 'x'), { ...refused(1, 1, 2), requestId: 'x' }, read(2, 3, 4)],
      /nobody wrote version 2/,
    ],
    [
      'a write on top of another than expected',
      [write(2, 0, 1), write(3, 2, 3, { expected: 1 })],
      /expected 1 and produced 3/,
    ],
    ['a stale read', [write(2, 0, 1), read(1, 2, 3)], /got 1 after 2 was known/],
    ['a write that is lost later', [write(2, 0, 1), write(2, 5, 6)], /after 2 was known/],
    ['different texts of one version', [write(2, 0, 1), read(2, 2, 3, { digest: 'other' })], /different contents/],
    [
      'a repeat answered otherwise',
      [write(2, 0, 1, { requestId: 'y' }), write(2, 2, 3, { requestId: 'y', digest: 'other' })],
      /different answers/,
    ],
    ['a refusal of the newest version', [write(2, 0, 1), refused(2, 2, 3), write(3, 4, 5)], /refused although 2/],
  ])('RUN-22 tell: %s', (_name, history, expected) => {
    expect(judged(...history)).toMatch(expected);
  });
});
