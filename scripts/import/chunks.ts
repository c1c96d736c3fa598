/** Packs patients into chunks small enough to resend, each with an id that follows from its content. */
import { createHash } from 'node:crypto';
import type { PatientGroup } from './group-patients.ts';
import type { SourceLine } from './source-line.ts';

export interface Chunk {
  /** The same source and content always give the same id: a repeated chunk is recognised as one. */
  readonly id: string;
  /** NDJSON. */
  readonly body: string;
  /** Where each line of the body stands in the source. */
  readonly numbers: readonly number[];
  readonly patients: number;
}

/** A chunk ends early rather than grow past this; one patient may still be larger. */
const CHUNK_BYTES = 4 * 1024 * 1024;
const CHUNK_LINES = 4000;

export class ChunkBuilder {
  readonly #identity: string;
  readonly #patientsPerChunk: number;
  #lines: SourceLine[] = [];
  #bytes = 0;
  #patients = 0;

  constructor(identity: string, patientsPerChunk: number) {
    this.#identity = identity;
    this.#patientsPerChunk = patientsPerChunk;
  }

  /** Answers the chunk that this patient completed or did not fit into. */
  add(group: PatientGroup): Chunk | null {
    const bytes = group.reduce((sum, line) => sum + Buffer.byteLength(line.text) + 1, 0);
    const tooLarge = this.#bytes + bytes > CHUNK_BYTES || this.#lines.length + group.length > CHUNK_LINES;
    const full = this.#patients >= this.#patientsPerChunk || tooLarge;
    const done = full ? this.finish() : null;
    this.#lines.push(...group);
    this.#bytes += bytes;
    this.#patients += 1;
    return done;
  }

  /** Answers what is left over. */
  finish(): Chunk | null {
    if (this.#patients === 0) return null;
    const body = this.#lines.map((line) => `${line.text.trim()}\n`).join('');
    const chunk = {
      id: createHash('sha256').update(`${this.#identity}\n`).update(body).digest('hex'),
      body,
      numbers: this.#lines.map((line) => line.number),
      patients: this.#patients,
    };
    this.#lines = [];
    this.#bytes = 0;
    this.#patients = 0;
    return chunk;
  }
}
