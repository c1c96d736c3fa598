/**
 * The data directory: one process at a time, and what was decided when it was created.
 *
 * The lock is an exclusive SQLite transaction: the operating system frees it the moment the holder dies, also by
 * kill -9. The runtime is a child process that could outlive its launcher, and two runtimes on one directory would
 * each believe to be the only one; so its pid is kept, and whoever takes the lock over ends a survivor first.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}

/** Facts fixed at creation, and what has been loaded. */
export interface DataFacts {
  readonly shards: number;
  readonly sandbox: boolean;
  readonly population: number;
}

export class DataDirectory {
  readonly path: string;
  readonly #lock: DatabaseSync;

  private constructor(path: string, lock: DatabaseSync) {
    this.path = path;
    this.#lock = lock;
  }

  static open(path: string): DataDirectory {
    mkdirSync(path, { recursive: true });
    const lock = new DatabaseSync(join(path, '.lock'));
    try {
      lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch {
      lock.close();
      throw new DirectoryInUse(`${path} is in use by process ${readText(join(path, 'launcher.pid')) ?? '(unknown)'}`);
    }
    const directory = new DataDirectory(path, lock);
    directory.#endSurvivor();
    writeFileSync(join(path, 'launcher.pid'), String(process.pid));
    return directory;
  }

  get state(): string {
    return join(this.path, 'state');
  }

  /** Throws away everything that was stored; keys stay. */
  clear(): void {
    rmSync(this.state, { recursive: true, force: true });
    rmSync(join(this.path, 'facts.json'), { force: true });
  }

  facts(): DataFacts | null {
    const text = readText(join(this.path, 'facts.json'));
    return text === null ? null : (JSON.parse(text) as DataFacts);
  }

  writeFacts(facts: DataFacts): void {
    writeFileSync(join(this.path, 'facts.json'), JSON.stringify(facts, null, 2));
  }

  /** Bearer of the operator: made once, readable by the owner only. */
  operatorKey(): string {
    const path = join(this.path, 'operator.key');
    const known = readText(path);
    if (known !== null) return known;
    const key = randomBytes(32).toString('base64url');
    writeFileSync(path, key, { mode: 0o600 });
    return key;
  }

  /** A text kept beside the data (for example the key set), or null. */
  read(name: string): string | null {
    return readText(join(this.path, name));
  }

  noteRuntime(pid: number): void {
    writeFileSync(join(this.path, 'runtime.pid'), String(pid));
  }

  close(): void {
    rmSync(join(this.path, 'launcher.pid'), { force: true });
    this.#lock.close();
  }

  #endSurvivor(): void {
    const pid = Number(readText(join(this.path, 'runtime.pid')) ?? 0);
    if (pid > 0 && isRuntime(pid)) {
      process.kill(pid, 'SIGKILL');
      const deadline = Date.now() + 5_000;
      while (isRuntime(pid) && Date.now() < deadline) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    rmSync(join(this.path, 'runtime.pid'), { force: true });
  }
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Pids are used again: only a process that is a workerd is ours to end. */
function isRuntime(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = readText(`/proc/${pid}/cmdline`) ?? listedCommand(pid);
  return command.includes('workerd');
}

/** Where there is no /proc. */
function listedCommand(pid: number): string {
  return spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}
