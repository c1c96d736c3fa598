/** Writes dist/client: the client library as plain JavaScript with types, as Node 20, browsers and Workers import it. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export function buildClient(folder = join(root, 'dist', 'client')): string {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', join(root, 'client', 'tsconfig.json'), '--outDir', folder], {
    cwd: root,
    stdio: 'inherit',
  });
  return folder;
}

if (import.meta.main) buildClient();
