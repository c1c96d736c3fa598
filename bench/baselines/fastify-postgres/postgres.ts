/** A PostgreSQL of our own for one run: Debian's binaries, a fresh cluster in the data folder, fsync on, a Unix socket. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const INSTALLED = '/usr/lib/postgresql';
const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** PostgreSQL refuses to run as root; Debian's package brings this user. */
const SYSTEM_USER = 'postgres';

export interface Cluster {
  /** Folder of the socket: what a client calls its host. */
  readonly socket: string;
  stop(): Promise<void>;
}

/** Folder of the newest installed binaries; null where PostgreSQL is not installed. */
export function binaries(): string | null {
  if (!existsSync(INSTALLED)) return null;
  const versions = readdirSync(INSTALLED).filter((name) => existsSync(join(INSTALLED, name, 'bin', 'postgres')));
  const newest = versions.map(Number).toSorted((a, b) => b - a)[0];
  return newest === undefined ? null : join(INSTALLED, String(newest), 'bin');
}

/** Durability as the product has it: nothing is acknowledged before its log is on disk. The rest is tuning. */
function settings(socket: string, commitDelayMicros: number): Readonly<Record<string, string | number>> {
  return {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    unix_socket_directories: socket,
    max_connections: 100,
    shared_buffers: '512MB',
    max_wal_size: '8GB',
    checkpoint_timeout: '30min',
    wal_buffers: '16MB',
    wal_compression: 'lz4',
    commit_delay: commitDelayMicros,
    commit_siblings: 4,
    jit: 'off',
    random_page_cost: 1.1,
    autovacuum_naptime: '30s',
  };
}

export async function startCluster(folder: string, commitDelayMicros: number): Promise<Cluster> {
  const bin = binaries();
  if (bin === null) throw new Error(`no PostgreSQL in ${INSTALLED}`);
  const user = process.getuid?.() === 0 ? systemUser() : {};
  const data = ownedFolder(folder, 'cluster', user);
  const socket = ownedFolder(folder, 'socket', user);
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'peer', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'], {
    ...user,
    cwd: data,
    stdio: 'pipe',
  });
  const options = Object.entries(settings(socket, commitDelayMicros)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...options], {
    ...user,
    cwd: data,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await accepting(bin, socket, server);
  return { socket, stop: () => stopped(server) };
}

interface SystemUser {
  readonly uid?: number;
  readonly gid?: number;
}

function systemUser(): SystemUser {
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, SYSTEM_USER], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function ownedFolder(parent: string, name: string, { uid, gid }: SystemUser): string {
  const folder = join(parent, name);
  // The other user has to get through to its own folder.
  chmodSync(parent, 0o711);
  mkdirSync(folder, { mode: 0o700 });
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

async function accepting(bin: string, socket: string, server: ChildProcess): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && server.exitCode === null) {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-q', '-h', socket]);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
  server.kill('SIGKILL');
  throw new Error('PostgreSQL did not become ready');
}

/** SIGINT is PostgreSQL's fast shutdown: open sessions are ended, the log is flushed. */
function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGINT');
  });
}
