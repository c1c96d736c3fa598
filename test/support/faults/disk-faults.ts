/**
 * Disk faults of a running process by strace. Where strace is missing or may not attach, tests are skipped with a line
 * that says so; INSTALL_STRACE=1 installs the Debian package first.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

const ATTACHED_WITHIN_MS = 20_000;

/** Why there are no disk faults here; null when there are. */
export function whyNoDiskFaults(): string | null {
  if (process.platform !== 'linux') return 'strace is for Linux';
  if (!works() && process.env['INSTALL_STRACE'] === '1') spawnSync('apt-get', ['install', '-y', 'strace']);
  if (!works()) return 'strace is not installed or may not trace (INSTALL_STRACE=1 installs it)';
  return null;
}

const works = (): boolean => spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

export class DiskFault {
  readonly #strace: ChildProcess;

  private constructor(strace: ChildProcess) {
    this.#strace = strace;
  }

  /** `inject`: for example `fsync,fdatasync:error=EIO`. In force when this returns. */
  static async begin(pid: number, inject: string): Promise<DiskFault> {
    const calls = inject.slice(0, inject.indexOf(':'));
    const args = ['-f', '-p', String(pid), '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${inject}`];
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('strace did not attach in time')), ATTACHED_WITHIN_MS);
      let said = '';
      strace.stderr?.on('data', (text: Buffer) => {
        said += text.toString();
        if (!said.includes('attached')) return;
        clearTimeout(timer);
        resolve();
      });
      strace.once('exit', () => reject(new Error(`strace ended: ${said}`)));
    });
    return new DiskFault(strace);
  }

  async end(): Promise<void> {
    if (this.#strace.exitCode !== null) return;
    const ended = new Promise((resolve) => void this.#strace.once('exit', resolve));
    this.#strace.kill('SIGINT');
    await ended;
  }
}
