/** `npm run bench -- peer:setup`: installs what the peer needs, its packages here and PostgreSQL from Debian. */
import { spawnSync } from 'node:child_process';
import { EXIT } from '../exit-codes.ts';
import { PEER_FOLDER, peerMissing, postgresInstalled } from '../targets/peer.ts';

const APT = [
  ['apt-get', 'update', '-q'],
  ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'postgresql'],
] as const;
const PACKAGES = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'] as const;

export function peerSetupCommand(): Promise<number> {
  if (!postgresInstalled()) {
    if (process.getuid?.() === 0) for (const step of APT) run(step);
    else console.error(`SKIPPED PostgreSQL: only root may install it here. As root: ${APT[1].join(' ')}`);
  }
  run(PACKAGES);
  const missing = peerMissing();
  console.log(missing === null ? 'The peer is ready.' : `SKIPPED the peer: ${missing}`);
  return Promise.resolve(missing === null ? EXIT.ok : EXIT.targetNotHealthy);
}

/** What fails is told by `peerMissing` in the end. */
function run([command, ...args]: readonly [string, ...string[]]): void {
  spawnSync(command, args, { cwd: PEER_FOLDER, stdio: ['ignore', 'inherit', 'inherit'] });
}
