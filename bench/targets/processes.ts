/** Processes seen through /proc: the tree of a server, its CPU time and memory. Elsewhere than on Linux: nothing known. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ticks of /proc times; Linux has reported 100 a second on every architecture for decades. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const LISTENING = '0A';

export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of allPids()) {
    const parent = Number(statFields(pid)?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Null when none of the processes can be seen. */
export function processUse(pids: readonly number[]): ProcessUse | null {
  let cpuSeconds = 0;
  let residentBytes = 0;
  let seen = 0;
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields === null) continue;
    seen++;
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    residentBytes += Number(fields[21]) * PAGE_BYTES;
  }
  return seen === 0 ? null : { cpuSeconds, residentBytes };
}

/** The process that listens on a port of this machine, to meter a server we did not start. */
export function listeningPid(port: number): number | null {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  for (const pid of allPids()) {
    if (openSockets(pid).some((inode) => inodes.has(inode))) return pid;
  }
  return null;
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readText(`/proc/net/${table}`).split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((row) => row[1]?.endsWith(wanted) === true && row[3] === LISTENING)
    .map((row) => row[9] ?? '');
}

function openSockets(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return names(folder).map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${fd}`))?.[1] ?? '');
}

function allPids(): number[] {
  return names('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Fields after the command name, which may itself hold spaces: state, parent … */
function statFields(pid: number): string[] | null {
  const text = readText(`/proc/${pid}/stat`);
  return text === '' ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
