/** Reads a MESH specification pack from a folder given on the command line, and loads its registry into a running edge-spine. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

type PackBody = { readonly json: unknown } | { readonly text: string } | { readonly base64: string } | null;

/** One recorded exchange with the official sandbox. */
export interface Capture {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: PackBody;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: PackBody;
  };
}

export interface AuthVector {
  readonly shared_key: string;
  readonly mailbox_id: string;
  readonly password: string;
  readonly nonce: string;
  readonly nonce_count: number;
  readonly timestamp: string;
  readonly hmac_sha256_hex: string;
}

export interface MeshPack {
  /** Registry files by name, as they stand. */
  readonly seeds: ReadonlyMap<string, string>;
  readonly vectors: readonly AuthVector[];
  captures(name: string): readonly Capture[];
}

/** Null when the folder holds no MESH pack. */
export function readMeshPack(specs: string): MeshPack | null {
  const folder = join(specs, 'mesh');
  if (!existsSync(join(folder, 'seed'))) return null;
  const seeds = readdirSync(join(folder, 'seed'))
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  const { vectors } = JSON.parse(readFileSync(join(folder, 'auth-vectors.json'), 'utf8')) as { vectors: AuthVector[] };
  return {
    seeds: new Map(seeds.map((name) => [name, readFileSync(join(folder, 'seed', name), 'utf8')])),
    vectors,
    captures: (name) => JSON.parse(readFileSync(join(folder, 'captures', `${name}.json`), 'utf8')) as Capture[],
  };
}

export interface MeshTarget {
  readonly target: string;
  /** The operator's key. */
  readonly token: string;
}

interface ImportReport {
  readonly mailboxes: number;
  readonly workflows: number;
  readonly failures: readonly { readonly line: number; readonly reason: string }[];
}

/** Loads every seed file; the answer is the number of lines that were refused. */
export async function loadMeshPack(pack: MeshPack, { target, token }: MeshTarget): Promise<number> {
  let refused = 0;
  for (const [name, body] of pack.seeds) {
    const response = await fetch(new URL('/operator/mesh/import', target), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body,
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    const { mailboxes, workflows, failures } = (await response.json()) as ImportReport;
    for (const { line, reason } of failures) process.stderr.write(`${name} line ${line}: ${reason}\n`);
    process.stdout.write(`mesh: ${name}: ${mailboxes} mailboxes, ${workflows} workflows, ${failures.length} refused\n`);
    refused += failures.length;
  }
  return refused;
}
