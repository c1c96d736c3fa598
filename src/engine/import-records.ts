/**
 * Bulk take-over of records: keeps version, bytes and order; an older version never overwrites; a repeated chunk
 * changes nothing. No events, no timers, no audit per record: one journal row tells of the whole chunk.
 */
import { hash } from 'node:crypto';
import { HotRecord } from './hot-state.ts';
import { relist } from './lists.ts';
import { ROW_BYTES_MAX } from './limits.ts';
import type { ImportChunk, ImportRecord, ImportReport } from './envelope.ts';
import type { ShardState } from './shard-state.ts';

export function importRecords(shard: ShardState, chunk: ImportChunk, now: number): ImportReport {
  const known = shard.statements.importReport(chunk.chunkId);
  if (known !== null) return JSON.parse(known) as ImportReport;
  const written = chunk.records.filter((record) => storeRecord(shard, record));
  const digest = hash('sha256', written.map((record) => record.body + record.annex).join('\n'), 'hex');
  const records = written.map(({ kind, key, version }) => [kind, key, version]);
  const sequence =
    written.length === 0
      ? shard.journal.head.seq
      : shard.journal.append({
          at: now,
          kind: 'import',
          key: chunk.chunkId,
          version: 0,
          body: '',
          annex: '',
          entry: JSON.stringify({ agent: chunk.agent, epoch: shard.lane.epoch, digest, records }),
        });
  const report = { stored: written.length, unchanged: chunk.records.length - written.length, sequence };
  shard.statements.insertImportReport(chunk.chunkId, JSON.stringify(report));
  return report;
}

/** False when this or a newer version is already held. */
function storeRecord(shard: ShardState, record: ImportRecord): boolean {
  if (!shard.owns(record.key)) throw new Error('an imported record belongs to another shard');
  if (record.body.length + record.annex.length > ROW_BYTES_MAX) throw new Error('an imported record is too large');
  const kind = shard.kind(record.kind);
  const held = shard.hot.find(kind, record.key);
  if (held && held.version >= record.version) return false;
  const { version, body, annex } = record;
  const { epoch } = shard.lane;
  const deleted = record.deleted === true;
  const row = { version, epoch, body, annex, deleted: deleted ? 1 : 0 };
  const id = held?.id ?? shard.statements.insertRecord(record.kind, record.key, row);
  if (held) shard.statements.updateRecord(held.id, row);
  if (kind.lists) {
    const before = held && !held.deleted ? held.state() : null;
    relist(shard.statements, { kind, key: record.key, before, after: deleted ? null : kind.decode(record) });
  }
  shard.hot.put(new HotRecord(kind, { key: record.key, id, version, epoch, deleted }, record));
  return true;
}
