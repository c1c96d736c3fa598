import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REGISTRIES = ['src/routes/router.ts', 'src/actors/patient-kinds.ts'];

const places: string[] = [];

afterAll(() => places.forEach((root) => rmSync(root, { recursive: true, force: true })));

function place(): string {
  const root = mkdtempSync(join(tmpdir(), 'new-service-'));
  places.push(root);
  for (const file of REGISTRIES) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(root, file));
  }
  return root;
}

const run = (root: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'scripts/new-service.ts'),
    '--root',
    root,
    ...args,
  ]);

describe('new-service', () => {
  test('writes the skeleton and adds one line to each list and one import beside it', () => {
    const root = place();
    const { status, stdout } = run(root, 'tried-by-a-test');
    expect(status).toBe(0);
    const written = stdout
      .toString()
      .split('\n')
      .filter((line) => /^(src|test|docs)\//.test(line));
    expect(written).toHaveLength(10);
    expect(written.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    for (const file of REGISTRIES) {
      const [old, now] = [ROOT, root].map((from) => readFileSync(join(from, file), 'utf8'));
      const added = (now ?? '').split('\n').filter((line) => !(old ?? '').split('\n').includes(line));
      expect(added.every((line) => line.includes('triedByATest'))).toBe(true);
      expect(added).toHaveLength(2);
    }
  });

  test.each([['Care'], ['care_plans'], ['../x'], ['']])('refuses the name %j', (name) => {
    const root = place();
    const { status, stderr } = run(root, name);
    expect([status, stderr.toString()]).toEqual([2, expect.stringContaining('kebab-case')]);
    expect(existsSync(join(root, 'docs'))).toBe(false);
  });

  test('refuses a name that is taken and leaves everything as it was', () => {
    const root = place();
    run(root, 'tried-by-a-test');
    const router = readFileSync(join(root, 'src/routes/router.ts'), 'utf8');
    const { status, stderr } = run(root, 'tried-by-a-test');
    expect([status, stderr.toString()]).toEqual([2, 'docs/rules/tried-by-a-test.md is there already\n']);
    expect(readFileSync(join(root, 'src/routes/router.ts'), 'utf8')).toBe(router);
  });
});
