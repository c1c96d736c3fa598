/** Reads journal text of any size with the memory of one line, and verifies it. */
import { createReadStream } from 'node:fs';
import { SegmentReader } from '../../src/engine/read-segment.ts';
import { JournalVerifier } from '../../src/engine/verify-journal.ts';
import type { Verdict } from './verdict.ts';

const CHUNK = 1024 * 1024;

export async function verifyFile(files: readonly string[], anchors?: ReadonlyMap<number, string>): Promise<Verdict> {
  const verifier = new JournalVerifier(undefined, anchors);
  const reader = new SegmentReader(verifier);
  for (const file of files) await readLines(file, reader);
  reader.finish();
  const { rows, fault, missing, anchorsSeen } = verifier;
  return { name: files.join(' '), rows, anchors: anchorsSeen, fault, missing };
}

/** A text that is no UTF-8 is not what was written; the line that holds it is the first that is bad. */
async function readLines(file: string, reader: SegmentReader): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer = Buffer.alloc(0);
  const hand = (bytes: Buffer): void => {
    let line: string;
    try {
      line = decoder.decode(bytes);
    } catch {
      line = '';
    }
    reader.line(line);
  };
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      hand(bytes.subarray(start, end));
      start = end + 1;
      if (reader.verifier.fault !== null) return;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) hand(rest);
}
