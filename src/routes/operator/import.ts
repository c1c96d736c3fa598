/** POST /operator/import: NDJSON, each Patient followed by its Coverage and RelatedPerson lines, stored as handed over. */
import { importPatientGroup } from '../../domain/pds/import-patient-group.ts';
import type { ImportRecord } from '../../engine/envelope.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { readText } from '../body.ts';
import { parseGuarded } from '../json-guard.ts';
import { IMPORT_TIMEOUT_MS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';

const IMPORTER: Agent = { client: 'operator', mode: 'import', rights: [] };

const CHUNK_ID = /^[\x21-\x7e]{1,200}$/;

interface Failure {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

interface Line {
  readonly number: number;
  readonly resource: unknown;
}

const problem = (status: number, error: string): Answer => json(status, { error });

export async function importPatients(context: RequestContext): Promise<Answer> {
  const chunkId = context.request.headers.get('X-Chunk-ID') ?? '';
  if (!CHUNK_ID.test(chunkId)) return problem(400, 'X-Chunk-ID must be 1 to 200 visible characters');
  const body = await readText(context.request, { bytes: MAX_IMPORT_BYTES, milliseconds: IMPORT_TIMEOUT_MS });
  if (body.kind === 'fault') {
    return body.fault === 'too-large'
      ? problem(413, 'A chunk has at most 10 MB')
      : problem(400, `The body is ${body.fault}`);
  }
  const lines = body.text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_IMPORT_LINES) return problem(413, `A chunk has at most ${MAX_IMPORT_LINES} lines`);
  return json(200, await load(context, chunkId, lines));
}

interface LoadReport {
  readonly stored: number;
  readonly unchanged: number;
  readonly failures: readonly Failure[];
}

async function load(context: RequestContext, chunkId: string, lines: readonly string[]): Promise<LoadReport> {
  const failures: Failure[] = [];
  const records: ImportRecord[] = [];
  for (const group of groups(lines, failures)) {
    const imported = importPatientGroup(group.map((line) => line.resource));
    if (typeof imported === 'string') failures.push(...group.map(({ number }) => ({ line: number, reason: imported })));
    else records.push(...imported);
  }
  failures.sort((a, b) => a.line - b.line);
  if (records.length === 0) return { stored: 0, unchanged: 0, failures };
  const { stored, unchanged } = await context.spine.patients.import(chunkId, IMPORTER, records);
  return { stored, unchanged, failures };
}

const isPatient = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === 'Patient';

/** A patient's lines stand together. One that cannot be read takes its patient with it: half a patient is not loaded. */
function groups(lines: readonly string[], failures: Failure[]): readonly (readonly Line[])[] {
  const whole: Line[][] = [];
  let open: Line[] = [];
  let spoilt = true;
  for (const [index, text] of lines.entries()) {
    const number = index + 1;
    if (text.trim() === '') continue;
    const resource = parseGuarded(text);
    if (isPatient(resource)) {
      open = [{ number, resource }];
      spoilt = false;
      whole.push(open);
    } else if (resource === undefined) {
      failures.push({ line: number, reason: 'not JSON, or beyond the bounds of a resource' });
      if (!spoilt) failures.push(...spoiltLines(whole.pop() ?? [], number));
      spoilt = true;
    } else if (spoilt) failures.push({ line: number, reason: 'no readable Patient stands before it' });
    else open.push({ number, resource });
  }
  return whole;
}

const spoiltLines = (lines: readonly Line[], by: number): Failure[] =>
  lines.map(({ number }) => ({ line: number, reason: `its patient is incomplete: line ${by} could not be read` }));
