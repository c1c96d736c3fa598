/** Reads NDJSON line by line, or a JSON array or FHIR Bundle as a whole, into lines of one resource each. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { SourceLine } from './source-line.ts';

/** A JSON array or Bundle is parsed in memory up to this many characters; larger data comes as NDJSON, which streams. */
export const WHOLE_DOCUMENT_LIMIT = 256 * 1024 * 1024;

/** The source itself cannot be used: not a matter of single lines. */
export class UnreadableSource extends Error {
  override readonly name = 'UnreadableSource';
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What `word` a count of this source is made of, and its lines. */
export interface OpenedSource {
  /** 'line' for NDJSON, 'entry' where the source is one JSON document. */
  readonly unit: 'line' | 'entry';
  readonly lines: AsyncIterable<SourceLine>;
}

/** `path` '-' reads the standard input. `onBytes` hears of progress. */
export async function openSource(path: string, onBytes: (count: number) => void = () => {}): Promise<OpenedSource> {
  const stream: Readable = path === '-' ? process.stdin : createReadStream(path);
  stream.on('data', (chunk: Buffer | string) => onBytes(Buffer.byteLength(chunk)));
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const skipped: string[] = [];
  for (;;) {
    const next = await lines.next();
    if (next.done === true) return { unit: 'line', lines: none() };
    const text = next.value.replace(/^\uFEFF/, '');
    if (text.trim() === '') {
      skipped.push(text);
      continue;
    }
    const first = { number: skipped.length + 1, text };
    return isNdjson(text)
      ? { unit: 'line', lines: rest(first, lines) }
      : { unit: 'entry', lines: await document(first.text, lines) };
  }
}

/** A first line that is one object and no Bundle, or that is broken but ends as an object does, starts NDJSON. */
function isNdjson(line: string): boolean {
  const value = parse(line);
  if (value !== undefined) return isObject(value) && !Array.isArray(value) && value['resourceType'] !== 'Bundle';
  const trimmed = line.trim();
  return trimmed.length > 1 && !trimmed.startsWith('[') && (!trimmed.startsWith('{') || trimmed.endsWith('}'));
}

async function* none(): AsyncGenerator<SourceLine, void, undefined> {}

async function* rest(first: SourceLine, lines: AsyncIterator<string>): AsyncGenerator<SourceLine, void, undefined> {
  yield first;
  for (let number = first.number + 1; ; number++) {
    const next = await lines.next();
    if (next.done === true) return;
    if (next.value.trim() !== '') yield { number, text: next.value };
  }
}

async function document(first: string, lines: AsyncIterator<string>): Promise<AsyncIterable<SourceLine>> {
  const parts = [first];
  let size = first.length;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    size += next.value.length + 1;
    if (size > WHOLE_DOCUMENT_LIMIT)
      throw new UnreadableSource('the JSON document is too large to be read as a whole: use NDJSON');
    parts.push(next.value);
  }
  const resources = resourcesOf(parse(parts.join('\n')));
  if (resources === null) throw new UnreadableSource('neither NDJSON, nor a JSON array, nor a FHIR Bundle');
  return entries(resources);
}

/** null where the document is none of the accepted kinds. */
function resourcesOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return null;
  if (value['resourceType'] !== 'Bundle') return [value];
  const entry = value['entry'] ?? [];
  return Array.isArray(entry) ? entry.map((one: unknown) => (isObject(one) ? one['resource'] : one)) : null;
}

async function* entries(resources: readonly unknown[]): AsyncGenerator<SourceLine, void, undefined> {
  for (const [index, resource] of resources.entries())
    yield { number: index + 1, text: JSON.stringify(resource) ?? 'null' };
}
