/** Verifies the journals of a stopped local system in their own tables, against the anchors kept beside them. */
import { createPublicKey, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Miniflare } from 'miniflare';
import { JournalVerifier } from '../../src/engine/verify-journal.ts';
import { ANCHOR_FILE } from '../start/anchor-keys.ts';
import { DataDirectory } from '../start/data-directory.ts';
import type { Verdict } from './verdict.ts';

/** Folders of the tool that hold the tables of our actors, one file each. */
const ACTORS = /(Shard|NumberAllocator)$/;

type Row = Parameters<JournalVerifier['add']>[0];

interface Anchor {
  readonly actor: string;
  readonly seq: number;
  readonly hash: string;
}

export async function verifyFolder(folder: string): Promise<readonly Verdict[]> {
  const directory = DataDirectory.open(folder);
  try {
    const anchors = await anchorsIn(directory.state, join(folder, ANCHOR_FILE));
    const verdicts = journalFiles(directory.state).map((file) => verifyTables(file, anchors));
    const seen = new Set(verdicts.map(({ name }) => name));
    // A shard that anchors tell of and whose file is gone, or is empty.
    for (const [actor, said] of anchors) {
      if (!seen.has(actor) && said.size > 0) verdicts.push(lost(actor, said));
    }
    return verdicts;
  } finally {
    directory.close();
  }
}

const lost = (name: string, said: ReadonlyMap<number, string>): Verdict => {
  const verifier = new JournalVerifier(undefined, said);
  verifier.finish();
  return { name, rows: 0, anchors: 0, fault: verifier.fault, missing: [] };
};

function journalFiles(state: string): string[] {
  if (!existsSync(state)) return [];
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sqlite') && ACTORS.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
}

function verifyTables(file: string, anchors: ReadonlyMap<string, ReadonlyMap<number, string>>): Verdict {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE name IN ('meta', 'journal')`).all();
    if (tables.length < 2) return { name: file, rows: 0, anchors: 0, fault: null, missing: [] };
    const actor = database.prepare(`SELECT value FROM meta WHERE name = 'actor'`).get()?.['value'];
    const name = typeof actor === 'string' ? actor : file;
    const verifier = new JournalVerifier(undefined, anchors.get(name));
    const rows = database.prepare('SELECT * FROM journal ORDER BY seq').iterate() as IterableIterator<unknown>;
    for (const row of rows) {
      verifier.add(row as Row);
      if (verifier.fault !== null) break;
    }
    verifier.finish();
    return {
      name,
      rows: verifier.rows,
      anchors: verifier.anchorsSeen,
      fault: verifier.fault,
      missing: verifier.missing,
    };
  } finally {
    database.close();
  }
}

/** By actor and sequence; only those that the local key has signed. */
async function anchorsIn(state: string, keyFile: string): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
  const found = new Map<string, Map<number, string>>();
  if (!existsSync(keyFile)) return found;
  const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: { kty: string; crv: string; x: string }[] };
  const publicKeys = keys.map(({ kty, crv, x }) => createPublicKey({ format: 'jwk', key: { kty, crv, x } }));
  for (const text of await anchorTexts(state)) {
    const [header = '', payload = '', signature = ''] = text.split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    if (!publicKeys.some((key) => verify(null, signed, key, Buffer.from(signature, 'base64url')))) continue;
    const anchor = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Anchor;
    const said = found.get(anchor.actor) ?? new Map<number, string>();
    found.set(anchor.actor, said.set(anchor.seq, anchor.hash));
  }
  return found;
}

async function anchorTexts(state: string): Promise<readonly string[]> {
  const runtime = new Miniflare({
    resourcePersistencePath: state,
    telemetry: { enabled: false },
    cf: false,
    workers: [
      {
        config: {
          name: 'reader',
          compatibilityDate: '2026-11-01',
          manifest: {
            mainModule: 'reader.js',
            modulesRoot: '/',
            modules: { 'reader.js': { type: 'esm', contents: 'export default { fetch: () => new Response() }' } },
          },
          env: { ANCHORS: { type: 'r2', name: 'journal-anchors' } },
        },
      },
    ],
  });
  try {
    const bucket = await runtime.getR2Bucket('ANCHORS', 'reader');
    const texts: string[] = [];
    for (let cursor: string | undefined; ;) {
      const list = await bucket.list({ include: ['customMetadata'], ...(cursor === undefined ? {} : { cursor }) });
      texts.push(...list.objects.map(({ customMetadata }) => customMetadata?.['jws'] ?? ''));
      if (!list.truncated) return texts;
      ({ cursor } = list);
    }
  } finally {
    await runtime.dispose();
  }
}
