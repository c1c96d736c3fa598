/** Workers for tests that need another than today's: over failing dependencies, of the version before, of the version after. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { buildWorker } from '../../../scripts/build.ts';
import { ROOT } from '../spawned-spine.ts';

/** One line of a source file, and what stands there in the other version. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const faultyBundle = (folder: string): Promise<string> =>
  buildWorker(join(folder, 'faulty-worker.js'), { entryPoints: [join(ROOT, 'test/support/faults/faulty-worker.ts')] });

/** Today's Worker with a few edits: what cannot be found in the sources is an error, not a version. */
export const editedBundle = (outfile: string, edits: readonly Edit[]): Promise<string> =>
  buildWorker(outfile, { plugins: [editing(edits)] });

function editing(edits: readonly Edit[]): Plugin {
  return {
    name: 'editing',
    setup(build) {
      for (const [file, changes] of Map.groupBy(edits, (edit) => edit.file)) {
        const path = join(ROOT, file);
        build.onLoad({ filter: new RegExp(`${file.replaceAll(/[/.]/g, '\\$&')}$`) }, () => ({
          contents: edited(readFileSync(path, 'utf8'), changes),
          loader: 'ts',
        }));
      }
    },
  };
}

function edited(source: string, changes: readonly Edit[]): string {
  return changes.reduce((text, { file, from, to }) => {
    if (!text.includes(from)) throw new Error(`${file} does not hold '${from}'`);
    return text.replaceAll(from, to);
  }, source);
}
