/** The house keeps itself: import walls, sizes, names, dead files and rule ids. What a table does not list, fails. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Who may import whom inside src: a file whose path starts with the key may import paths that start with a value.
 * `<s>` stands for one service, the same on both sides. The longest key that fits decides.
 */
const WALLS: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['routes/', 'actors/'],
  'routes/<s>/': [
    'routes/*.ts',
    'routes/<s>/',
    'actors/stubs.ts',
    'actors/transactions.ts',
    'actors/durability.ts',
    'domain/<s>/',
    'events/',
    'storage/national/',
    'engine/envelope.ts',
    'engine/record-kind.ts',
    'fhir/',
    'nhs/',
    'observability/',
  ],
  'routes/operator/': [
    'routes/*.ts',
    'routes/operator/',
    'actors/stubs.ts',
    'actors/transactions.ts',
    'actors/durability.ts',
    'domain/',
    'engine/envelope.ts',
    'engine/record-kind.ts',
    'nhs/',
  ],
  'routes/': [
    'routes/',
    'actors/stubs.ts',
    'actors/transactions.ts',
    'actors/durability.ts',
    'engine/envelope.ts',
    'engine/record-kind.ts',
    'storage/national/',
    'fhir/',
    'nhs/',
    'observability/',
  ],
  'actors/': ['actors/', 'engine/', 'domain/', 'events/', 'storage/', 'nhs/', 'observability/'],
  'engine/': ['engine/', 'storage/shard/', 'observability/'],
  'domain/<s>/': ['domain/<s>/', 'fhir/', 'nhs/', 'events/', 'engine/record-kind.ts'],
  'storage/shard/': ['storage/shard/'],
  'storage/national/': ['storage/national/', 'engine/record-kind.ts'],
  'fhir/': ['fhir/', 'nhs/'],
  'nhs/': ['nhs/'],
  'events/': ['events/'],
  'observability/': ['observability/', 'engine/ports.ts'],
};

/** What a script may read journals with: one reader, so that none believes what another would not. */
const JOURNAL_READERS = [
  'src/engine/journal.ts',
  'src/engine/journal-segment.ts',
  'src/engine/read-segment.ts',
  'src/engine/verify-journal.ts',
];

/** Words that would mean the engine had learned its users' trade. */
const ENGINE_STRANGERS = /\b(nhs|fhir|patient|pds|http|status code|prescription|mailbox)\b/i;

/** Files that nothing imports because something outside starts them. */
const ENTRY_POINTS = [
  /^src\/index\.ts$/,
  /^scripts\/[^/]+\.ts$/,
  /^bench\/run\.ts$/,
  /^bench\/generator\/client-cost\.ts$/,
  /^bench\/baselines\//,
  /^test\//,
  /\.config\.ts$/,
  /^client\/index\.ts$/,
  /\.d\.ts$/,
];

/** Anything may be parsed by a pure decision except the world: no clock, no chance, no platform. */
const IMPURE = /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bcrypto\.|\bfetch\(|cloudflare:|\bsetTimeout\(/;

const SOURCES = ['src', 'bench', 'scripts', 'test', 'client'].flatMap((folder) => filesBelow(join(ROOT, folder)));

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Comments and strings removed roughly: enough to judge code by line patterns. */
const code = (file: string): string =>
  text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

function importsOf(file: string): string[] {
  const pattern = /(?:from\s+|import\s*\(?\s*)'(\.[^']+)'/g;
  return [...code(file).matchAll(pattern)].map(([, path]) => relative(ROOT, resolve(ROOT, dirname(file), path ?? '')));
}

/** The wall that stands around a file, with `<s>` filled in. */
function wallOf(file: string): readonly string[] | null {
  const keys = Object.keys(WALLS).toSorted((a, b) => b.length - a.length);
  for (const key of keys) {
    const match = new RegExp(`^${key.replaceAll('.', '\\.').replace('<s>', '([^/]+)')}`).exec(file);
    if (match) return (WALLS[key] ?? []).map((allowed) => allowed.replaceAll('<s>', match[1] ?? ''));
  }
  return null;
}

const allows = (allowed: string, file: string): boolean =>
  allowed.includes('*')
    ? dirname(file) === dirname(allowed)
    : file === allowed || (allowed.endsWith('/') && file.startsWith(allowed));

describe('walls', () => {
  const inside = SOURCES.filter((file) => file.startsWith('src/')).map((file) => file.slice('src/'.length));

  test('every file of src stands behind a wall and imports only what its wall lets through', () => {
    const breaches = inside.flatMap((file) => {
      const wall = wallOf(file);
      if (!wall) return [`${file}: no wall is declared for it`];
      return importsOf(`src/${file}`)
        .map((imported) => (imported.startsWith('src/') ? imported.slice('src/'.length) : `../${imported}`))
        .filter((imported) => !wall.some((allowed) => allows(allowed, imported)))
        .map((imported) => `${file} → ${imported}`);
    });
    expect(breaches).toEqual([]);
  });

  test('bench and the client import nothing of src; scripts only identifiers and the journal reader', () => {
    const breaches = SOURCES.filter((file) => /^(bench|scripts|client)\//.test(file)).flatMap((file) =>
      importsOf(file)
        .filter(
          (imported) =>
            imported.startsWith('src/') &&
            !(file.startsWith('scripts/') && (imported.startsWith('src/nhs/') || JOURNAL_READERS.includes(imported))),
        )
        .map((imported) => `${file} → ${imported}`),
    );
    expect(breaches).toEqual([]);
  });

  test('the engine speaks no word of its users', () => {
    const strangers = inside.filter((file) => file.startsWith('engine/') && ENGINE_STRANGERS.test(code(`src/${file}`)));
    expect(strangers).toEqual([]);
  });

  test('domain, fhir and nhs are pure', () => {
    const impure = inside.filter(
      (file) => /^(domain|fhir|nhs|events)\//.test(file) && IMPURE.test(code(`src/${file}`)),
    );
    expect(impure).toEqual([]);
  });

  test('SQL is never put together from values', () => {
    const spliced = inside.filter((file) => /\.(exec|prepare)\(\s*`[^`]*\$\{/.test(code(`src/${file}`)));
    expect(spliced).toEqual([]);
  });
});

describe('sizes and names', () => {
  test('no file is longer than 400 lines', () => {
    const long = SOURCES.filter((file) => text(file).split('\n').length > 400);
    expect(long).toEqual([]);
  });

  test('files are named in kebab-case, and none is a drawer for odds and ends', () => {
    const wrong = SOURCES.filter((file) => {
      const name = basename(file);
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.ts$/.test(name) ||
        /^(utils?|helpers?|misc|common)\.ts$/.test(name)
      );
    });
    expect(wrong).toEqual([]);
  });

  test('every file says at its top why it is there', () => {
    const silent = SOURCES.filter((file) => !file.startsWith('test/') && !/^(#!.*\n)?\/\*\*?/.test(text(file)));
    expect(silent).toEqual([]);
  });

  test('every file is used by another or started from outside', () => {
    const imported = new Set(SOURCES.flatMap(importsOf));
    const dead = SOURCES.filter((file) => !imported.has(file) && !ENTRY_POINTS.some((entry) => entry.test(file)));
    expect(dead).toEqual([]);
  });

  test('nothing unfinished is left lying about', () => {
    const words = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
    expect(SOURCES.filter((file) => words.test(text(file)))).toEqual([]);
  });
});

describe('rules', () => {
  const folder = join(ROOT, 'docs/rules');
  const documents = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : [];
  const ruled = documents.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^\| ([A-Z]+-[A-Z]*\d+)\b/gm)].map(([, id]) => id ?? ''),
  );
  const tests = SOURCES.filter((file) => file.startsWith('test/'))
    .map(text)
    .join('\n');

  test('every rule id stands once', () => {
    expect(ruled.filter((id, index) => ruled.indexOf(id) !== index)).toEqual([]);
  });

  test('every rule is tested by a test that starts with its id', () => {
    const named = new Set([...tests.matchAll(/['"`\s]([A-Z]+-[A-Z]*\d+)\b/g)].map(([, id]) => id));
    expect(ruled.filter((id) => !named.has(id))).toEqual([]);
  });

  test('every rule id in a test is written down', () => {
    const named = [...tests.matchAll(/\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*['"`]([A-Z]+-[A-Z]+\d+)\b/g)].map(
      ([, id]) => id ?? '',
    );
    expect([...new Set(named)].filter((id) => !ruled.includes(id))).toEqual([]);
  });
});
