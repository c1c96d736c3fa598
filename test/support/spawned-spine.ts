/** `npm start` as a child process of a test: its own port, its own data, and every way of ending it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leaksIn } from './log-leaks.ts';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const READY_WITHIN_MS = 60_000;
const GONE_WITHIN_MS = 10_000;

export interface SpineWishes {
  /** Default: an empty folder of its own, which `close` removes. */
  readonly data?: string;
  /** Added to `--population small --quiet` and the free port; a repeated option wins. */
  readonly args?: readonly string[];
  /** Put before the command, for example a namespace without network. */
  readonly prefix?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** What `npm start` suggests to try: the well-known numbers of the public sandbox. */
const HINTS = /^ .*$/gm;

/** As much population as a test needs. */
const SMALL = ['--population', '40', '--quiet', '--port', '0'];

export const newDataFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'edge-spine-e2e-'));

/** Runs one of our scripts to its end. */
export async function runScript(
  script: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<Ended> {
  const child = launch([...prefix, process.execPath, '--disable-warning=ExperimentalWarning', script, ...args]);
  const output = collected(child);
  const code = await exited(child);
  groups.delete(pidOf(child));
  return { code, output: output.text };
}

/** A start that is expected to end by itself. */
export const runStart = (...args: readonly string[]): Promise<Ended> =>
  runScript('scripts/start.ts', [...SMALL, ...args]);

export class SpawnedSpine {
  readonly url: string;
  readonly data: string;
  readonly output: { text: string };
  readonly #child: ChildProcess;
  readonly #ownFolder: boolean;

  private constructor(
    child: ChildProcess,
    facts: { url: string; data: string; ownFolder: boolean; output: { text: string } },
  ) {
    this.#child = child;
    this.url = facts.url;
    this.data = facts.data;
    this.output = facts.output;
    this.#ownFolder = facts.ownFolder;
  }

  static async start(wishes: SpineWishes = {}): Promise<SpawnedSpine> {
    const data = wishes.data ?? (await newDataFolder());
    const child = launch([
      ...(wishes.prefix ?? []),
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      'scripts/start.ts',
      '--data',
      data,
      ...SMALL,
      ...(wishes.args ?? []),
    ]);
    const output = collected(child);
    try {
      const url = await ready(child, output);
      return new SpawnedSpine(child, { url, data, ownFolder: wishes.data === undefined, output });
    } catch (error) {
      await killGroup(child);
      throw error;
    }
  }

  get launcher(): number {
    return pidOf(this.#child);
  }

  /** The runtime process, as the launcher noted it. */
  get runtime(): number {
    return Number(readFileSync(join(this.data, 'runtime.pid'), 'utf8'));
  }

  /** kill -9 of launcher and runtime at once; returns when both are gone. */
  async kill(): Promise<void> {
    const pids = [this.launcher, this.runtime];
    await killGroup(this.#child);
    await Promise.all(pids.map(gone));
  }

  /** Leaves the runtime behind, as a crash of the tool would. */
  async killLauncher(): Promise<void> {
    process.kill(this.launcher, 'SIGKILL');
    await gone(this.launcher);
  }

  async killRuntime(): Promise<void> {
    const pid = this.runtime;
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  }

  /** Ctrl+C; the exit code. */
  async stop(): Promise<number | null> {
    const { runtime } = this;
    process.kill(this.launcher, 'SIGINT');
    const code = await exited(this.#child);
    await gone(runtime);
    return code;
  }

  /** The same data, started again. */
  restart(...args: readonly string[]): Promise<SpawnedSpine> {
    return SpawnedSpine.start({ data: this.data, args });
  }

  static remove(data: string): Promise<void> {
    return rm(data, { recursive: true, force: true });
  }

  /** Ends whatever is left of it and removes the folder, unless the test gave one. What it printed must name nobody (SEC-51). */
  async close(): Promise<void> {
    await killGroup(this.#child);
    if (this.#ownFolder) await SpawnedSpine.remove(this.data);
    const [leak, ...more] = leaksIn(this.output.text.replaceAll(HINTS, ''));
    if (leak !== undefined)
      throw new Error(`SEC-51 ${1 + more.length} leaks in the log of a server: ${leak.kind}: ${leak.line}`);
  }
}

/** Groups that may still live; a test that ran out of time must not leave them behind. */
const groups = new Set<number>();
process.once('exit', () => {
  for (const pid of groups) signalGroup(pid);
});

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}

/** A process group of its own, so that one signal reaches launcher and runtime. */
function launch([command = '', ...args]: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  groups.add(pidOf(child));
  return child;
}

function collected(child: ChildProcess): { text: string } {
  const output = { text: '' };
  const hear = (text: Buffer): void => void (output.text += text.toString('utf8'));
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return output;
}

function ready(child: ChildProcess, output: { text: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`start ${why}:\n${output.text}`));
    };
    const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    child.stdout?.on('data', () => {
      const url = /^edge-spine ready .*?(http:\S+)/m.exec(output.text)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('close', (code) => fail(`ended with ${code}`));
  });
}

/** Resolves when the process has ended and its output is complete. */
function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => void child.once('close', (code) => resolve(code)));
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

async function killGroup(child: ChildProcess): Promise<void> {
  const pid = pidOf(child);
  signalGroup(pid);
  await gone(pid);
  groups.delete(pid);
}

/** Alive and no zombie: what is dead but not yet reaped holds no file and no port. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

export async function gone(pid: number): Promise<void> {
  for (const deadline = Date.now() + GONE_WITHIN_MS; isAlive(pid);) {
    if (Date.now() > deadline) throw new Error(`process ${pid} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
