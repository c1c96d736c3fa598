/** Every security control with its negative cases: each attempt must fail closed. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACCESS_CASES } from './access-cases.ts';
import { INPUT_CASES } from './input-cases.ts';
import { OPERATION_CASES } from './operation-cases.ts';
import { TOKEN_CASES } from './token-cases.ts';

const CASES = [...TOKEN_CASES, ...ACCESS_CASES, ...INPUT_CASES, ...OPERATION_CASES];
const LEAST = 150;

describe.each([...Map.groupBy(CASES, ({ control }) => control)])('%s', (_control, cases) => {
  test.each(cases.map((one) => [`${one.control} ${one.name}`, one] as const))('%s', (_name, one) => one.run());
});

test(`SEC-50 there are at least ${LEAST} negative cases, no two alike, and every control of the table has some`, () => {
  console.log(
    `security: ${CASES.length} negative cases of ${new Set(CASES.map(({ control }) => control)).size} controls`,
  );
  expect(CASES.length).toBeGreaterThanOrEqual(LEAST);
  const names = CASES.map(({ control, name }) => `${control} ${name}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  const rules = readFileSync(new URL('../../docs/rules/security.md', import.meta.url), 'utf8');
  const controls = [...rules.matchAll(/^\| (SEC-\d+)\b/gm)]
    .map(([, id]) => id ?? '')
    .filter((id) => Number(id.slice(4)) < 50);
  expect(controls.filter((id) => !CASES.some(({ control }) => control === id))).toEqual([]);
});
