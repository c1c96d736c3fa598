/** Writes dist/worker.js: the one bundle that `npm start`, `wrangler dev` and `wrangler deploy` run. */
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The commit that is built; empty outside a checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}

/** `changes`: for tests that need another entry or edited sources. */
export async function buildWorker(outfile = `${root}dist/worker.js`, changes: BuildOptions = {}): Promise<string> {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  await build({
    entryPoints: [`${root}src/index.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    define: { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(commit()) },
    legalComments: 'none',
    logLevel: 'warning',
    ...changes,
  });
  return outfile;
}

if (import.meta.main) await buildWorker();
