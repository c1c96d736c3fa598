/** The skeleton in a copy of the repository: it compiles, is linted and formatted, and passes its own tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'long-term-condition-plans';
const PLACES = [`src/domain/${NAME}`, `src/routes/${NAME}`, `test/domain/${NAME}`, `test/routes/${NAME}`];
const copy = mkdtempSync(join(tmpdir(), 'new-service-'));

const tool = (name: string, ...args: readonly string[]) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join('node_modules', name), ...args], { cwd: copy });
  return { status, output: `${String(stdout)}${String(stderr)}` };
};

beforeAll(() => {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of list
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('node_modules'))) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/new-service.ts', NAME], {
    cwd: copy,
  });
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the skeleton compiles and satisfies linter and formatter', () => {
  expect(tool('typescript/bin/tsc', '--noEmit').output).toBe('');
  expect(tool('oxlint/bin/oxlint', '--type-aware', ...PLACES)).toMatchObject({ status: 0 });
  expect(tool('oxfmt/bin/oxfmt', '--check', ...PLACES)).toMatchObject({ status: 0 });
});

test('the skeleton passes its own tests: 501 in its error form', () => {
  const { output, status } = tool('vitest/vitest.mjs', 'run', '--project', 'pure', NAME);
  expect(output).toMatch(/Tests.*5 passed/);
  expect(status).toBe(0);
});
