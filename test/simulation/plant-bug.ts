/** Builds a copy of the product with one planted bug, in memory. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import { REAL } from './engine-under-test.ts';
import type { EngineUnderTest } from './engine-under-test.ts';
import type { Change, Mutation } from './mutations.ts';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));

export const sourceOf = (file: string): string => readFileSync(SOURCE + file, 'utf8');

/** How often a pattern stands in its source: one, or it has to be brought up to date. */
export const matches = ({ file, find }: Change): number => sourceOf(file).split(find).length - 1;

/** The changed sources by path below src. */
function changed({ name, changes }: Mutation): Map<string, string> {
  const sources = new Map<string, string>();
  for (const change of changes) {
    if (matches(change) !== 1) throw new Error(`a pattern of ${name} does not stand once in ${change.file}`);
    const source = sources.get(change.file) ?? sourceOf(change.file);
    sources.set(
      change.file,
      source.replace(change.find, () => change.replace),
    );
  }
  return sources;
}

/** A copy of modules of the product, or of tests over it, in which the changes are made. */
export async function bundledWith(mutation: Mutation, contents: string, resolveDir = SOURCE): Promise<object> {
  const sources = changed(mutation);
  const bundle = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    plugins: [
      {
        name: 'plant-bug',
        setup: (setup) =>
          setup.onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const source = path.startsWith(SOURCE) ? sources.get(path.slice(SOURCE.length)) : undefined;
            return source === undefined ? undefined : { contents: source, loader: 'ts' };
          }),
      },
    ],
  });
  const module = { exports: {} };
  const run = runInThisContext(`(module, exports, require) => { ${bundle.outputFiles[0]?.text ?? ''} }`) as (
    module: { exports: object },
    exports: object,
    require: NodeJS.Require,
  ) => void;
  run(module, module.exports, createRequire(import.meta.url));
  return module.exports;
}

export async function withBug(mutation: Mutation): Promise<EngineUnderTest> {
  if (mutation.changes.length === 0) return REAL;
  const contents = `export * from './engine/shard-engine.ts'; export { writeSnapshot } from './storage/national/snapshot-batch.ts';`;
  return (await bundledWith(mutation, contents)) as EngineUnderTest;
}

/** What `simulate` needs to run with the bug. */
export async function buggy(mutation: Mutation): Promise<{ engine: EngineUnderTest; ungated: boolean }> {
  return { engine: await withBug(mutation), ungated: mutation.changes.length === 0 };
}
