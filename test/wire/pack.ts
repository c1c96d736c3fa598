/** Reads a PDS specification pack from a folder given on the command line; the product knows nothing of packs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage, Patient, RelatedPerson } from 'fhir/r4';

/** One person of the pack's seed data. */
export interface Seed {
  readonly nhsNumber: string;
  readonly keyFacts: string;
  readonly status: 'active' | 'superseded' | 'invalidated';
  readonly supersededBy?: string;
  readonly resource?: Patient;
  readonly history?: Readonly<Record<string, unknown>>;
  readonly hidden?: Readonly<Record<string, unknown>>;
  readonly consent?: { readonly type: string; readonly value: string };
  readonly storedAddressLines?: readonly string[];
  readonly relatedPerson?: readonly RelatedPerson[];
  readonly coverage?: Coverage;
  readonly hiddenCoverage?: Coverage;
}

interface SeedFile {
  readonly _meta: {
    readonly unallocatedValidNhsNumbers: readonly string[];
    readonly invalidNhsNumbers: readonly string[];
  };
  readonly patients: readonly Seed[];
}

export interface Pack {
  readonly seeds: readonly Seed[];
  readonly unallocated: readonly string[];
  readonly invalid: readonly string[];
  readonly openapi: unknown;
  /** Example files of a folder, by name without `.json`. */
  examples(folder: string): ReadonlyMap<string, unknown>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8')) as unknown;

/** Null when the folder holds no PDS pack. */
export function readPack(specs: string): Pack | null {
  const folder = join(specs, 'pds');
  if (!existsSync(join(folder, 'sandbox-patients.json'))) return null;
  const { _meta: meta, patients } = readJson(join(folder, 'sandbox-patients.json')) as SeedFile;
  return {
    seeds: patients,
    unallocated: meta.unallocatedValidNhsNumbers,
    invalid: meta.invalidNhsNumbers,
    openapi: readJson(join(folder, 'openapi.json')),
    examples(name) {
      const path = join(folder, 'examples', name);
      const files = readdirSync(path).filter((file) => file.endsWith('.json'));
      return new Map(files.map((file) => [file.slice(0, -'.json'.length), readJson(join(path, file))]));
    },
  };
}
