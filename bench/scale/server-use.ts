/** What a server of ours holds besides CPU: open files, and what stands in its folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processTree } from '../targets/processes.ts';

export interface Holdings {
  /** Open file descriptors of all its processes. */
  readonly openFiles: number;
  readonly files: number;
  readonly megabytes: number;
}

export function holdingsOf(pid: number, data: string): Holdings {
  const paths = listing(data);
  const bytes = paths.reduce((total, path) => total + sizeOf(join(data, path)), 0);
  const openFiles = processTree(pid).reduce(
    (total, process) => total + listing(`/proc/${process}/fd`, false).length,
    0,
  );
  return { openFiles, files: paths.length, megabytes: Math.round(bytes / 1_048_576) };
}

function listing(folder: string, recursive = true): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function sizeOf(file: string): number {
  try {
    const { size, blocks } = statSync(file);
    // A sparse or a growing file counts by what it holds.
    return Math.min(size, blocks * 512);
  } catch {
    return 0;
  }
}
