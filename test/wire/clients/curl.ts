/** curl, as the documentation of any API shows it. */
import { randomUUID } from 'node:crypto';
import * as expected from '../conformance/expect.ts';
import { changeOf, PDS_BASE, searchOf } from './scenario.ts';
import type { Subject } from './scenario.ts';
import { runCommand } from './run-command.ts';

/** Null when curl is not installed; otherwise what is wrong. */
export async function checkCurl(target: string, patient: Subject, folder: string): Promise<readonly string[] | null> {
  const url = `${target}${PDS_BASE}/Patient`;
  const curl = (requestId: string, ...args: readonly string[]) =>
    runCommand('curl', ['-sS', '-w', '\n%{http_code}', '-H', `X-Request-ID: ${requestId}`, ...args], folder);
  const read = await curl(randomUUID(), `${url}/${patient.nhsNumber}`);
  if (read.code === null) return null;
  const query = Object.entries(searchOf(patient)).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
  const found = await curl(randomUUID(), '-G', url, ...query);
  const headers = ['-H', `If-Match: W/"${patient.version}"`, '-H', 'Content-Type: application/json-patch+json'];
  const change = ['-X', 'PATCH', `${url}/${patient.nhsNumber}`, ...headers, '-d', JSON.stringify(changeOf(patient))];
  const patch = (requestId: string) => curl(requestId, ...change);
  const requestId = randomUUID();
  const first = await patch(requestId);
  const repeated = await patch(requestId);
  const late = await patch(randomUUID());
  const status = (ran: typeof read): string => ran.out.split('\n').at(-1) ?? '';
  return [
    ...expected.same([read, found, first, repeated, late].map(status), ['200', '200', '200', '200', '409']),
    ...expected.that(found.out.includes(`"id":"${patient.nhsNumber}"`), 'the search does not find the patient'),
    ...expected.that(first.out.includes(`"gender":"${patient.gender}"`), `not changed: ${first.out.slice(0, 200)}`),
    ...expected.same(repeated.out, first.out),
    ...expected.that(late.out.includes('RESOURCE_VERSION_MISMATCH'), late.out.slice(0, 200)),
  ];
}
