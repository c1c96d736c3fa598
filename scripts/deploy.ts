/**
 * `npm run deploy -- --env sandbox|live [--dry-run]`: checks what can be checked without an account, then brings the
 * national database up to date and the Worker out. Migrations come first and only ever add, so the old code runs on.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { preflight } from './deploy/preflight.ts';

const USAGE = 'npm run deploy -- --env sandbox|live [--dry-run]';
const ENVIRONMENTS = ['sandbox', 'live'];
const EXIT_USAGE = 2;

const { values } = parseArgs({
  options: { env: { type: 'string', default: 'sandbox' }, 'dry-run': { type: 'boolean', default: false } },
});
const { env } = values;
if (!ENVIRONMENTS.includes(env)) {
  console.error(USAGE);
  process.exit(EXIT_USAGE);
}

const findings = preflight(env);
for (const finding of findings) console.error(`✗ ${finding}`);
if (findings.length > 0) process.exit(1);
console.log(`✓ preflight of ${env}: classes, bindings, migrations and settings agree`);

if (values['dry-run']) {
  wrangler('deploy', '--dry-run', '--env', env, '--outdir', 'dist/dry-run');
  console.log('dry run: nothing was sent');
} else {
  wrangler('d1', 'time-travel', 'info', 'NATIONAL_0', '--env', env);
  wrangler('d1', 'migrations', 'apply', 'NATIONAL_0', '--remote', '--env', env);
  wrangler('deploy', '--env', env);
  console.log(`undo: npx wrangler rollback --env ${env}   (the database needs no undo: migrations only add)`);
}

/** Every warning of wrangler counts as a failure: a class without a migration, for one, is only warned about. */
function wrangler(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('wrangler', args, {
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (status !== 0 || /WARNING/.test(stdout + stderr)) process.exit(status === 0 ? 1 : (status ?? 1));
}
