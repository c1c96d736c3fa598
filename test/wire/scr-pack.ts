/** The summary care record's part of a specification pack: its seed, its examples, and how the seed is loaded. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importPatients } from '../../scripts/import/import-patients.ts';
import { linesOf } from '../../scripts/import/source-line.ts';
import type { WireAnswer } from './wire-client.ts';

interface SeedPatient {
  readonly nhsNumber: string;
  /** Yes, No or Ask; null: never set. */
  readonly viewPermission: string | null;
  /** Bundles as they are uploaded. */
  readonly summaries: readonly unknown[];
}

export interface ScrSeed {
  readonly patients: readonly SeedPatient[];
  readonly user: { readonly defaultURID: string; readonly roleCode: string };
}

const BASE = '/summary-care-record/FHIR/R4';
const SYSTEM = 'https://fhir.nhs.uk/CodeSystem/SCR-ACSPermission';

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8')) as unknown;

/** Null where the pack has no such part. */
export function scrSeed(specs: string): ScrSeed | null {
  const file = join(specs, 'scr/seed.json');
  return existsSync(file) ? (readJson(file) as ScrSeed) : null;
}

export const scrExample = (specs: string, name: string): unknown =>
  readJson(join(specs, 'scr/examples', `${name}.json`));

export class ScrClient {
  readonly #target: string;
  readonly #role: string;

  constructor(target: string, role: string) {
    this.#target = target;
    this.#role = role;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WireAnswer> {
    const sent = {
      'x-request-id': randomUUID(),
      'nhsd-session-urid': this.#role,
      'content-type': 'application/fhir+json',
      ...headers,
    };
    const init = { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(new URL(BASE + path, this.#target), init);
    const text = await response.text();
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  setPermission(nhsNumber: string, code: string): Promise<WireAnswer> {
    const part = [
      { name: 'nhsNumber', valueString: nhsNumber },
      { name: 'permissionCode', valueCoding: { system: SYSTEM, code } },
    ];
    return this.send('POST', '/$setPermission', {
      resourceType: 'Parameters',
      parameter: [{ name: 'setPermissions', part }],
    });
  }
}

export interface LoadedSeed {
  readonly patients: number;
  readonly permissions: number;
  readonly summaries: number;
  readonly problems: readonly string[];
}

/** People whom PDS does not know yet, then permissions and summaries over the wire, as a practice would send them. */
export async function loadScrSeed(
  seed: ScrSeed,
  { target, token }: { target: string; token: string },
): Promise<LoadedSeed> {
  const problems: string[] = [];
  const people = seed.patients.map(({ nhsNumber }) => [
    { resourceType: 'Patient', id: nhsNumber, meta: { versionId: '1' } },
  ]);
  // Version 1: whoever is there already is there at this or a newer version, and stays.
  await importPatients(linesOf(people), {
    target,
    token,
    identity: 'scr/seed.json',
    onFailure: ({ reason }) => problems.push(reason),
  });
  const client = new ScrClient(target, seed.user.defaultURID);
  const counts = { permissions: 0, summaries: 0 };
  const note = (answer: WireAnswer, what: keyof typeof counts): void => {
    if (answer.status === 201) counts[what] += 1;
    else problems.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  };
  for (const { nhsNumber, summaries, viewPermission } of seed.patients) {
    for (const summary of summaries) note(await client.send('POST', '/Bundle', summary), 'summaries');
    if (viewPermission !== null) note(await client.setPermission(nhsNumber, viewPermission), 'permissions');
  }
  return { patients: seed.patients.length, ...counts, problems };
}
