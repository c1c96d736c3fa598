import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FAMILY_NAMES } from '../../scripts/population/family-names.ts';
import { leaksIn } from '../support/log-leaks.ts';
import { ROOT } from '../support/spawned-spine.ts';

const NAME = FAMILY_NAMES.find((name) => name.length > 6) ?? '';
const kinds = (line: string): string[] => leaksIn(line).map(({ kind }) => kind);
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Runs a project of one test that prints `line`, with the reporter of this house. */
function run(line: string): { readonly status: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'edge-spine-planted-'));
  folders.push(folder);
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(folder, 'node_modules'));
  const watch = join(ROOT, 'test/support/log-watch.ts');
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `import { LogWatch } from ${JSON.stringify(watch)};\nexport default { test: { reporters: ['default', new LogWatch()] } };\n`,
  );
  writeFileSync(
    join(folder, 'planted.test.ts'),
    `import { test } from 'vitest';\ntest('prints', () => console.log(${JSON.stringify(line)}));\n`,
  );
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
  return { status, text: stdout + stderr };
}

describe('what is a leak', () => {
  test.each([
    ['a number', 'found 9000000009 there', ['NHS number']],
    ['a number in an address', 'GET /Patient/9000000009?x', ['NHS number']],
    ['a number in JSON', '{"key":"9000000009"}', ['NHS number']],
    ['a number as people write it', 'NHS no 900 000 0009', ['NHS number']],
    ['a stack trace with a number', 'Error: no record 9000000009\n    at x (y.ts:1:2)', ['NHS number']],
    ['a bearer', 'Authorization: Bearer abcdefgh.ijkl.mnop', ['bearer']],
    ['a token without the word', 'token eyJhbGciOiJSUzUxMiJ9.eyJpc3MiOiJ4In0.c2ln', ['bearer']],
    ['a MESH token', 'NHSMESH BOX:nonce:0:202611220000:abcdef', ['bearer']],
    ['a name', `updated ${NAME} just now`, ['name']],
  ])('SEC-51 %s', (_name, line, expected) => {
    expect(kinds(line)).toEqual(expected);
    expect(
      leaksIn(line)
        .map((leak) => leak.line)
        .join(),
    ).not.toMatch(/9000000009|abcdefgh/);
  });

  test.each([
    ['ten digits with another check digit', '9000000000'],
    ['a time in milliseconds', '1800000000009'],
    ['a time in seconds', 'at 1795330036'],
    ['a digest', 'a9000000009f'],
    ['the words alone', 'Missing Bearer token; the NHSMESH header'],
    ['a line of ours', '{"level":"error","event":"failure","name":"snapshot","kind":"Error"}'],
  ])('SEC-51 not %s', (_name, line) => expect(kinds(line)).toEqual([]));
});

test('SEC-51 a run fails in which one test prints a number, though every test passes', { timeout: 60_000 }, () => {
  const clean = run('nothing to see');
  expect([clean.status, clean.text]).toEqual([0, expect.stringContaining('1 passed')]);
  const leaking = run('wrote 9000000009');
  expect(leaking.text).toContain('1 passed');
  expect([leaking.status, leaking.text]).toEqual([1, expect.stringContaining('SEC-51 1 leaks')]);
});

test('SEC-51 every project of this house is read along', () => {
  expect(readFileSync(join(ROOT, 'vitest.config.ts'), 'utf8')).toContain("reporters: ['default', new LogWatch()]");
});
