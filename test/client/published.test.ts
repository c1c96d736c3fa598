/** What is published can be used: types for TypeScript, plain JavaScript for the oldest Node, nothing else needed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildClient } from '../../scripts/build-client.ts';
import { ROOT } from '../support/spawned-spine.ts';

let folder = '';
let library = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-spine-client-'));
  library = join(folder, 'dist', 'client');
  buildClient(library);
  // As a user has it: the package by its name in node_modules.
  const { name, type, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, type, exports }));
  await mkdir(join(folder, 'user', 'node_modules'), { recursive: true });
  await symlink(folder, join(folder, 'user', 'node_modules', 'edge-spine'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const scripts = (): string[] => readdirSync(library).filter((file) => file.endsWith('.js'));

/** Node 20 where this machine has one beside the locked Node, otherwise the locked one. */
const nodes = (): string[] =>
  [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path));

const PROGRAM = `
import { SpineClient, SpineRefusal } from 'edge-spine/client';
const client = new SpineClient({ url: 'http://127.0.0.1:1', retry: { attempts: 1 } });
const error = await client.getPatient('9000000009').catch((e) => e);
if (error.name !== 'SpineUnavailable' || error instanceof SpineRefusal) throw new Error('unexpected: ' + error);
console.log('works');
`;

test('CLI-12 every Node at hand imports it by its package name, without flags', { timeout: 60_000 }, async () => {
  await writeFile(join(folder, 'user', 'program.mjs'), PROGRAM);
  for (const node of nodes()) {
    const env = { ...process.env, NODE_OPTIONS: '' };
    expect(
      execFileSync(node, ['program.mjs'], { cwd: join(folder, 'user'), env })
        .toString()
        .trim(),
    ).toBe('works');
  }
});

test('CLI-12 nothing in it is newer than Node 20 and nothing comes from elsewhere', async () => {
  expect(scripts()).toContain('index.js');
  for (const file of scripts()) {
    const code = readFileSync(join(library, file), 'utf8');
    expect([...code.matchAll(/from '([^']+)'/g)].filter(([, from]) => !/^\.\/[a-z-]+\.js$/.test(from ?? ''))).toEqual(
      [],
    );
    const { warnings } = await transform(code, { target: 'node20', format: 'esm', loader: 'js' });
    expect(warnings).toEqual([]);
    // Of Node 21 and later: they would fail only when they are reached.
    expect(code).not.toMatch(
      /Promise\.withResolvers|Object\.groupBy|Map\.groupBy|Array\.fromAsync|URL\.parse|import\.meta\.(main|dirname)/,
    );
  }
});

test('CLI-12 TypeScript finds its types', { timeout: 60_000 }, async () => {
  const user = join(folder, 'user');
  const program = `
import { SpineClient, SpineError, type Patient } from 'edge-spine/client';
const client = new SpineClient({ url: 'https://spine.example', transport: 'auto' });
export async function family(nhsNumber: string): Promise<string | undefined> {
  const { body, version } = await client.getPatient(nhsNumber);
  const patient: Patient = body;
  const kept: number | undefined = version;
  // @ts-expect-error a version is a number
  await client.patchPatient(nhsNumber, { version: 'one', patches: [] });
  return kept === undefined ? undefined : patient.name?.[0]?.family;
}
export const codeOf = (error: unknown): string | undefined => (error instanceof SpineError ? error.code : undefined);
`;
  await writeFile(join(user, 'program.ts'), program);
  const options = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
  };
  await writeFile(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['program.ts'] }));
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', user]);
  } catch (error) {
    throw new Error(String((error as { stdout?: Buffer }).stdout), { cause: error });
  }
});
