/** A server the bench starts for itself: own port, own empty folder, waited for, and stopped with all its children. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atNormalPriority } from '../priority.ts';
import { processTree } from './processes.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const KEPT_OUTPUT = 4000;

export class ServerFailed extends Error {}

export interface ChildServer {
  readonly url: URL;
  readonly pid: number;
  /** Where it keeps what it keeps. */
  readonly data: string;
  stop(): Promise<void>;
}

export interface ChildSettings {
  /** A folder that is kept when the server stops, so that another can be started on it. */
  readonly data?: string;
  readonly readyWithinMs?: number;
}

export function newDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'edge-spine-bench-'));
}

export async function startChildServer(
  script: string,
  extraArguments: readonly string[],
  settings: ChildSettings = {},
): Promise<ChildServer> {
  const port = await freePort();
  const data = settings.data ?? (await newDataFolder());
  const args = [script, '--port', String(port), '--data', data, ...extraArguments];
  const child = atNormalPriority(() => spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
  const stop = async (): Promise<void> => {
    await stopTree(child);
    if (settings.data === undefined) await rm(data, { recursive: true, force: true });
  };
  try {
    await readyLine(child, script, settings.readyWithinMs ?? READY_WITHIN_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: new URL(`http://127.0.0.1:${port}`), pid: child.pid ?? 0, data, stop };
}

function readyLine(child: ChildProcess, script: string, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void => reject(new ServerFailed(`${script} ${why}\n${output}`));
    const timer = setTimeout(() => fail('was not ready in time'), withinMs);
    const heard = (text: Buffer): void => {
      output = (output + text.toString('utf8')).slice(-KEPT_OUTPUT);
      if (!/\bready\b/.test(output)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', heard);
    child.stderr?.on('data', (text: Buffer) => {
      output = (output + text.toString('utf8')).slice(-KEPT_OUTPUT);
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
  });
}

/** Asks first; what is left of the tree after that is ended, pid by pid. */
async function stopTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const tree = processTree(child.pid);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await gone;
  clearTimeout(late);
  for (const pid of tree) endProcess(pid);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone, as it should be.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
