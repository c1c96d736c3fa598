/** Makes the first people of the population larger, by the import that keeps versions: emergency contacts until a body has its size. */
import { createHash } from 'node:crypto';
import { preparationOf } from '../generator/scenario-work.ts';
import type { Subject } from '../measurement.ts';
import { populationNumbers } from '../population.ts';
import { newRequestId } from '../request-ids.ts';
import { versionOf } from '../scenarios/patient-reading.ts';
import { PDS_BASE } from '../scenarios/pds-writes.ts';
import { TargetNotReady } from '../scenarios/scenario.ts';

/** Bytes of one import request. */
const CHUNK_BYTES = 2_000_000;

type Json = Record<string, unknown>;

/** The answer is the mean size of the bodies as they are served afterwards. */
export async function enlarge(subject: Subject, people: number, bytes: number): Promise<number> {
  const wire = preparationOf(subject.wire);
  const numbers = populationNumbers(people);
  const bodies = (): Promise<readonly { etag: string; text: string }[]> =>
    wire.sendAll(numbers.map(readOf)).then((replies) =>
      replies.map(({ etag, status, body }) => {
        if (status !== 200 || body === null) throw new TargetNotReady(`a patient cannot be read: ${status}`);
        return { etag, text: body.toString('utf8') };
      }),
    );
  let chunk: string[] = [];
  let held = 0;
  for (const [index, { etag, text }] of (await bodies()).entries()) {
    const patient = JSON.parse(text) as Json;
    // Merged and restricted people are served as another, or in part.
    if (patient['id'] !== numbers[index] || text.includes('"code":"R"')) continue;
    const line = enlarged(patient, versionOf(etag) + 1, bytes);
    chunk.push(line);
    held += line.length;
    if (held < CHUNK_BYTES) continue;
    await load(subject, chunk);
    chunk = [];
    held = 0;
  }
  if (chunk.length > 0) await load(subject, chunk);
  const sizes = (await bodies()).map(({ text }) => Buffer.byteLength(text));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
}

/** The served Patient, one version on, with contacts until it has the size. */
export function enlarged(patient: Json, version: number, bytes: number): string {
  const contacts: unknown[] = [];
  const base = { ...patient, meta: { ...(patient['meta'] as Json), versionId: String(version) } };
  const length = Buffer.byteLength(JSON.stringify(base));
  const each = JSON.stringify(contactOf(0)).length + 1;
  for (let index = 0; length + (index + 1) * each < bytes; index++) contacts.push(contactOf(index));
  return JSON.stringify(contacts.length === 0 ? base : { ...base, contact: contacts });
}

function contactOf(index: number): unknown {
  const relationship = {
    system: 'http://terminology.hl7.org/CodeSystem/v2-0131',
    code: 'C',
    display: 'Emergency Contact',
  };
  return {
    id: index.toString(16).toUpperCase().padStart(8, '0'),
    period: { start: '2020-01-01' },
    relationship: [{ coding: [relationship] }],
    telecom: [{ system: 'phone', value: `01632${String(960_000 + (index % 1000))}` }],
  };
}

async function load(subject: Subject, lines: readonly string[]): Promise<void> {
  const body = lines.join('\n').replaceAll(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const id = createHash('sha256').update(body).digest('hex');
  const reply = await preparationOf(subject.operator).send({
    method: 'POST',
    path: '/operator/import',
    requestId: newRequestId(),
    headers: `X-Chunk-ID: ${id}\r\nContent-Type: application/fhir+ndjson\r\n`,
    body,
    keepBody: true,
  });
  const text = reply.body?.toString('utf8') ?? '';
  if (reply.status !== 200 || !text.includes('"failures":[]')) {
    throw new TargetNotReady(`larger people are not taken: ${reply.status} ${text.slice(0, 300)}`);
  }
}

function readOf(nhsNumber: string) {
  const path = `${PDS_BASE}/Patient/${nhsNumber}`;
  return { method: 'GET', path, requestId: newRequestId(), headers: '', body: '', keepBody: true } as const;
}
