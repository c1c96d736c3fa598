/** The one way by which people come in from outside: files, generated populations and sandboxes alike. */
import { ChunkBuilder } from './chunks.ts';
import type { Chunk } from './chunks.ts';
import { groupPatients } from './group-patients.ts';
import { sendChunk, waitForSnapshot } from './operator-api.ts';
import type { OperatorTarget } from './operator-api.ts';
import type { Failure, SourceLine } from './source-line.ts';

export interface ImportOptions extends OperatorTarget {
  /** Names the source in chunk ids; the same data under the same name can be sent again at any time. */
  readonly identity: string;
  readonly patientsPerChunk?: number;
  /** Chunks under way at once. */
  readonly concurrency?: number;
  /** Hears of every line that was not loaded, in the order in which that becomes known. */
  readonly onFailure?: (failure: Failure) => void;
  readonly onProgress?: (soFar: ImportSummary) => void;
  /** False: return as soon as the last chunk is durable in its shards. */
  readonly waitForSnapshot?: boolean;
  /** How long the snapshot may stand still before we stop waiting. */
  readonly snapshotPatienceMs?: number;
}

export interface ImportSummary {
  /** Patients sent. */
  readonly patients: number;
  /** Records that were new or newer. */
  readonly stored: number;
  /** Records already held at this or a newer version. */
  readonly unchanged: number;
  /** Lines that were not loaded. */
  readonly refused: number;
  readonly chunks: number;
  readonly snapshot: 'included' | 'pending' | 'not-awaited';
}

/** Sends everything, a bounded number of chunks at a time. Throws TargetUnreachable or TargetRefuses; both can be resumed. */
export async function importPatients(
  source: AsyncIterable<SourceLine> | Iterable<SourceLine>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const run = new ImportRun(options);
  const chunks = new ChunkBuilder(options.identity, options.patientsPerChunk ?? 500);
  for await (const grouped of groupPatients(source)) {
    if (grouped.kind === 'refused') run.refuse([{ line: grouped.line, reason: grouped.reason }]);
    else await run.send(chunks.add(grouped.lines));
  }
  await run.send(chunks.finish());
  await run.settle();
  if (options.waitForSnapshot === false) return run.summary('not-awaited');
  const included = await waitForSnapshot(options, options.snapshotPatienceMs ?? 60_000);
  return run.summary(included ? 'included' : 'pending');
}

class ImportRun {
  readonly #options: ImportOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];
  #patients = 0;
  #stored = 0;
  #unchanged = 0;
  #refused = 0;
  #chunks = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  refuse(failures: readonly Failure[]): void {
    this.#refused += failures.length;
    for (const failure of failures) this.#options.onFailure?.(failure);
  }

  /** Returns as soon as there is room for another chunk. */
  async send(chunk: Chunk | null): Promise<void> {
    if (chunk !== null) {
      const sending: Promise<void> = this.#deliver(chunk)
        .catch((error: unknown) => void this.#errors.push(error))
        .finally(() => this.#underWay.delete(sending));
      this.#underWay.add(sending);
    }
    while (this.#underWay.size >= (this.#options.concurrency ?? 2)) await Promise.race(this.#underWay);
    this.#throwFirst();
  }

  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFirst();
  }

  summary(snapshot: ImportSummary['snapshot']): ImportSummary {
    return {
      patients: this.#patients,
      stored: this.#stored,
      unchanged: this.#unchanged,
      refused: this.#refused,
      chunks: this.#chunks,
      snapshot,
    };
  }

  async #deliver(chunk: Chunk): Promise<void> {
    const answer = await sendChunk(this.#options, chunk);
    this.#patients += chunk.patients;
    this.#stored += answer.stored;
    this.#unchanged += answer.unchanged;
    this.#chunks += 1;
    this.refuse(answer.failures);
    this.#options.onProgress?.(this.summary('not-awaited'));
  }

  #throwFirst(): void {
    if (this.#errors.length > 0) throw this.#errors[0];
  }
}
