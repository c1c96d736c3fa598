/** The operator's sums over the patient shards: numbers only. */
import { countersNow } from '../observability/counters.ts';
import { placement, shardCount } from './addresses.ts';
import type { Env } from './environment.ts';

/** Shards asked at once; a deployment with thousands answers in waves. */
const WAVE = 64;

export async function shardCounters(env: Env): Promise<Readonly<Record<string, number>>> {
  const sums = { records: 0, journal: 0, rowsRead: 0, rowsWritten: 0, storageBytes: 0, hotBytes: 0 };
  const worst = { snapshotLagMs: 0, snapshotPending: 0, waiting: 0, outboxWaiting: 0, deadLetters: 0, prepared: 0 };
  const shards = shardCount(env);
  for (let first = 0; first < shards; first += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, shards - first) }, (_, index) => first + index);
    const answers = await Promise.all(
      wave.map(async (shard) => env.PATIENT_SHARD.getByName(String(shard), placement(env)).status()),
    );
    for (const status of answers) {
      sums.records += status.records;
      sums.journal += status.journalHead;
      sums.rowsRead += status.rowsRead;
      sums.rowsWritten += status.rowsWritten;
      sums.storageBytes += status.storageBytes;
      sums.hotBytes += status.hotBytes;
      worst.snapshotLagMs = Math.max(worst.snapshotLagMs, status.snapshotLagMs);
      worst.snapshotPending += status.snapshotPending;
      worst.waiting += status.waiting;
      worst.outboxWaiting += status.outbox.waiting;
      worst.deadLetters += status.outbox.dead;
      worst.prepared += status.prepared;
    }
  }
  return { shards, ...sums, ...worst, ...countersNow() };
}
