/** npm run new-service -- NAME: writes the skeleton of a service and the lines that make it known. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { filesOf } from './new-service/templates.ts';
import type { Names } from './new-service/templates.ts';

const ROUTER = 'src/routes/router.ts';
const KINDS = 'src/actors/patient-kinds.ts';

class Refused extends Error {}

function namesOf(folder: string): Names {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(folder) || folder.length > 40) {
    throw new Refused('The name is in kebab-case and starts with a letter, for example care-plans');
  }
  const value = folder.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const prefix = folder.replace(/[^a-z]/g, '').toUpperCase();
  return { folder, value, type: value.charAt(0).toUpperCase() + value.slice(1), prefix };
}

/** One line put before the first line that matches. */
function before(text: string, pattern: RegExp, line: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((one) => pattern.test(one));
  if (at === -1) throw new Refused(`found no place for: ${line}`);
  return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n');
}

function registered(root: string, { folder, value }: Names): readonly (readonly [string, string])[] {
  let router = readFileSync(join(root, ROUTER), 'utf8');
  router = before(router, /^import type \{ Service \}/, `import { ${value} } from './${folder}/service.ts';`);
  router = before(router, /^\s+operator, \/\//, `  ${value}, // /${folder}/FHIR/R4`);
  let kinds = readFileSync(join(root, KINDS), 'utf8');
  kinds = before(
    kinds,
    /^import type \{ MergeableKind/,
    `import { ${value} } from '../domain/${folder}/${folder}.ts';`,
  );
  kinds = before(kinds, /^\];/, `  ${value},`);
  return [
    [ROUTER, router],
    [KINDS, kinds],
  ];
}

function write(root: string, names: Names): readonly string[] {
  const files = filesOf(names);
  const taken = files.find(([path]) => existsSync(join(root, path)));
  if (taken !== undefined) throw new Refused(`${taken[0]} is there already`);
  // Registered first in memory: nothing is written unless all can be.
  const changed = registered(root, names);
  for (const [path, content] of [...files, ...changed]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const paths = [...files, ...changed].map(([path]) => path);
  format(root, paths);
  return paths;
}

/** The length of a name decides where lines break. */
function format(root: string, paths: readonly string[]): void {
  const formatter = join(root, 'node_modules/.bin/oxfmt');
  if (existsSync(formatter))
    execFileSync(
      formatter,
      paths.filter((path) => path.endsWith('.ts')),
      { cwd: root, stdio: 'ignore' },
    );
}

function main(): number {
  const { positionals, values } = parseArgs({
    options: { root: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) {
    process.stderr.write('Usage: npm run new-service -- NAME\n');
    return 2;
  }
  try {
    for (const path of write(values.root, namesOf(name))) process.stdout.write(`${path}\n`);
    process.stdout.write(`\nNext: docs/add-a-service.md\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = main();
