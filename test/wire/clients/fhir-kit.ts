/** fhir-kit-client, a FHIR library from the npm registry, installed into a folder that is thrown away. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as expected from '../conformance/expect.ts';
import { listAt, textAt } from '../json.ts';
import { changeOf, PDS_BASE, searchOf } from './scenario.ts';
import type { Subject } from './scenario.ts';
import { runCommand } from './run-command.ts';

const LIBRARY = 'fhir-kit-client@2.0.3';

interface Options {
  readonly options: { readonly headers: Readonly<Record<string, string>> };
}

interface FhirClient {
  read(call: { resourceType: string; id: string } & Options): Promise<unknown>;
  search(call: { resourceType: string; searchParams: object } & Options): Promise<unknown>;
  patch(call: { resourceType: string; id: string; jsonPatch: unknown } & Options): Promise<unknown>;
}

const withId = (headers: Readonly<Record<string, string>> = {}): Options => ({
  options: { headers: { 'X-Request-ID': randomUUID(), ...headers } },
});

export async function checkFhirKit(target: string, patient: Subject, folder: string): Promise<readonly string[]> {
  const installed = await runCommand(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', LIBRARY],
    folder,
  );
  if (installed.code !== 0) return ['the library could not be installed', ...installed.out.split('\n').slice(-5)];
  const entry = pathToFileURL(join(folder, 'node_modules', 'fhir-kit-client', 'dist', 'index.js')).href;
  const { Client } = (await import(entry)) as { Client: new (options: { baseUrl: string }) => FhirClient };
  const client = new Client({ baseUrl: target + PDS_BASE });
  const named = { resourceType: 'Patient', id: patient.nhsNumber };
  const read = await client.read({ ...named, ...withId() });
  const found = await client.search({ resourceType: 'Patient', searchParams: searchOf(patient), ...withId() });
  // PDS wraps the RFC 6902 list; the library sends what it is given.
  const update = { ...named, jsonPatch: changeOf(patient), ...withId({ 'If-Match': `W/"${patient.version}"` }) };
  const first = await client.patch(update);
  const repeated = await client.patch(update);
  const late = await client.patch({ ...update, ...withId({ 'If-Match': `W/"${patient.version}"` }) }).then(
    () => 'accepted',
    (error: unknown) => JSON.stringify(error),
  );
  return [
    ...expected.same(textAt(read, 'id'), patient.nhsNumber),
    ...expected.that(
      listAt(found, 'entry').some((one) => textAt(one, 'resource/id') === patient.nhsNumber),
      'the search does not find the patient',
    ),
    ...expected.same(textAt(first, 'gender'), patient.gender),
    ...expected.same(repeated, first),
    ...expected.that(late.includes('RESOURCE_VERSION_MISMATCH'), `too late, yet ${late.slice(0, 200)}`),
  ];
}
