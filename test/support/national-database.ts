/** National databases for tests inside workerd: bound by the test project, shaped by the real migrations, emptied per test. */
/// <reference types="@cloudflare/vitest-plugin/types" />
/// <reference types="vite/types/importMeta.d.ts" />
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { SnapshotRow } from '../../src/storage/national/snapshot-batch.ts';

interface Bound {
  readonly NATIONAL_0: D1Database;
  readonly NATIONAL_1?: D1Database;
}

// Only the test project knows which databases it binds.
export const bound = env as unknown as Bound;

const files = import.meta.glob<string>('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true });

const migrations = Object.entries(files)
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([path, text]) => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    queries: text.split('--> statement-breakpoint'),
  }));

export async function emptyNationalDatabase(database: D1Database): Promise<D1Database> {
  await applyD1Migrations(database, migrations);
  await database.batch(
    ['record_copies', 'patient_index', 'patient_token'].map((table) => database.prepare(`DELETE FROM ${table}`)),
  );
  return database;
}

export function snapshotRow(row: Partial<SnapshotRow>): SnapshotRow {
  return {
    kind: 'demographics',
    key: '9000000009',
    shard: 3,
    epoch: 1,
    version: 1,
    body: '{}',
    annex: '',
    hash: 'h',
    deleted: false,
    index: null,
    ...row,
  };
}
