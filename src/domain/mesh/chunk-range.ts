/** `Mex-Chunk-Range: n:total`. */

export interface ChunkRange {
  readonly number: number;
  readonly total: number;
}

const WHOLE = /^[+-]?\d{1,9}$/;

/** The range where it is one and names the chunk of the address; an absent header means the only chunk. */
export function chunkRange(header: string, addressed: number): ChunkRange | null {
  const text = header.trim();
  if (text === '') return addressed === 1 ? { number: 1, total: 1 } : null;
  const parts = text.split(':').map((part) => part.trim());
  if (parts.length !== 2 || !parts.every((part) => WHOLE.test(part))) return null;
  const [number = 0, total = 0] = parts.map(Number);
  return number > 0 && number <= total && number === addressed ? { number, total } : null;
}
