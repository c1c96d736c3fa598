/** Serves the bare baseline on a direct socket: node bench/baselines/bare/start.ts --port P --data DIR. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transform } from 'esbuild';
import { Miniflare } from 'miniflare';

const HOST = '127.0.0.1';
const FOLDER = dirname(fileURLToPath(import.meta.url));
/** Any free port: the runtime's own entry socket, which nobody uses. */
const ANY_PORT = 0;

const { values } = parseArgs({ options: { port: { type: 'string' }, data: { type: 'string' } } });
const port = Number(values.port);
if (!Number.isInteger(port) || values.data === undefined) {
  console.error('usage: node bench/baselines/bare/start.ts --port P --data DIR');
  process.exit(2);
}

const source = readFileSync(join(FOLDER, 'worker.ts'), 'utf8');
const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'esnext' });
const platform = new Miniflare({
  host: HOST,
  port: ANY_PORT,
  resourcePersistencePath: values.data,
  telemetry: { enabled: false },
  workers: [
    {
      config: {
        name: 'bare',
        compatibilityDate: '2026-10-01',
        manifest: {
          mainModule: 'worker.js',
          modulesRoot: FOLDER,
          modules: { 'worker.js': { type: 'esm', contents: code } },
        },
        env: { ACTOR: { type: 'durable-object', worker: 'bare', exportName: 'BareActor' } },
        exports: { BareActor: { type: 'durable-object', storage: 'sqlite' } },
      },
      dev: { rootPath: FOLDER, unsafeDirectSockets: [{ host: HOST, port }] },
    },
  ],
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void platform.dispose().finally(() => process.exit(0));
  });
}

await platform.ready;
console.log(`bare baseline ready on http://${HOST}:${port}`);
