/** docs/guarantees.md is whole: every guarantee and failure has its row, and every test it names exists. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');
const ROWS = new Map(
  [...PAGE.matchAll(/^\| ([GF]\d+) \|(.*)\|$/gm)].map(([, id = '', cells = '']) => [id, cells.split('|')]),
);

const ids = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

const testsIn = (text: string): string[] => [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '');

test('every guarantee and every failure has one row', () => {
  expect([...ROWS.keys()]).toEqual([...ids('G', 12), ...ids('F', 28)]);
});

test('every row names a test, or a reason', () => {
  const silent = [...ROWS].filter(([, cells]) => testsIn(cells.join()).length === 0);
  expect(silent.map(([id]) => id)).toEqual([]);
});

test('every test file that is named exists', () => {
  const named = testsIn(PAGE);
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
