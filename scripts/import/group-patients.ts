/** Groups adjacent lines by patient, so that a chunk never holds half of one, and sets aside what cannot be loaded. */
import type { Failure, SourceLine } from './source-line.ts';

/** One patient's lines: the Patient, then what belongs to it. */
export type PatientGroup = readonly [SourceLine, ...SourceLine[]];

export type Grouped =
  | { readonly kind: 'patient'; readonly lines: PatientGroup }
  | ({ readonly kind: 'refused' } & Failure);

type LineKind = 'Patient' | 'part' | 'broken-patient' | 'broken';

const PARTS: ReadonlySet<unknown> = new Set(['Coverage', 'RelatedPerson']);

/** What a broken line was meant to be decides whether the patient before it is whole. */
const MEANT_AS_PATIENT = /^[^]{0,200}"resourceType"\s*:\s*"Patient"/;

function inspect(text: string): readonly [LineKind, string] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [MEANT_AS_PATIENT.test(text) ? 'broken-patient' : 'broken', 'not JSON'];
  }
  const resource =
    typeof value === 'object' && value !== null && 'resourceType' in value ? value.resourceType : undefined;
  if (resource === 'Patient') return ['Patient', ''];
  if (PARTS.has(resource)) return ['part', ''];
  return ['broken', typeof resource === 'string' ? `resource type ${resource} is not imported` : 'not a FHIR resource'];
}

/**
 * A patient with a line that cannot be read is refused as a whole: loaded in part, the mended file would find its version
 * already there and leave it incomplete.
 */
export async function* groupPatients(
  source: AsyncIterable<SourceLine> | Iterable<SourceLine>,
): AsyncGenerator<Grouped, void, undefined> {
  let open: [SourceLine, ...SourceLine[]] | null = null;
  let spoiltBy: number | null = null;
  for await (const line of source) {
    const [kind, reason] = inspect(line.text);
    if (kind === 'Patient' || kind === 'broken-patient') {
      if (open !== null) yield* close(open, spoiltBy);
      open = kind === 'Patient' ? [line] : null;
      spoiltBy = kind === 'Patient' ? null : line.number;
    } else if (kind === 'broken') {
      spoiltBy ??= line.number;
    } else if (open === null) {
      yield { kind: 'refused', line: line.number, reason: orphan(spoiltBy) };
    } else {
      open.push(line);
    }
    if (reason !== '') yield { kind: 'refused', line: line.number, reason };
  }
  if (open !== null) yield* close(open, spoiltBy);
}

const orphan = (spoiltBy: number | null): string =>
  spoiltBy === null ? 'no Patient stands before it' : `its patient, at ${spoiltBy}, could not be read`;

function* close(lines: PatientGroup, spoiltBy: number | null): Generator<Grouped, void, undefined> {
  if (spoiltBy === null) yield { kind: 'patient', lines };
  else
    for (const { number } of lines)
      yield { kind: 'refused', line: number, reason: `its patient is incomplete: ${spoiltBy} could not be read` };
}
