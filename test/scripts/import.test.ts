/** The import tool against a target that is only a function. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupPatients } from '../../scripts/import/group-patients.ts';
import { importPatients } from '../../scripts/import/import-patients.ts';
import type { ImportOptions } from '../../scripts/import/import-patients.ts';
import { TargetRefuses, TargetUnreachable } from '../../scripts/import/operator-api.ts';
import { openSource, UnreadableSource } from '../../scripts/import/read-source.ts';
import { linesOf } from '../../scripts/import/source-line.ts';
import type { SourceLine } from '../../scripts/import/source-line.ts';

const patient = (id: number) => ({ resourceType: 'Patient', id: String(id) });
const coverage = (id: number) => ({ resourceType: 'Coverage', id: String(id) });
const relative = (id: number) => ({ resourceType: 'RelatedPerson', id: String(id) });
const lines = (...texts: readonly (object | string)[]): SourceLine[] =>
  texts.map((text, index) => ({ number: index + 1, text: typeof text === 'string' ? text : JSON.stringify(text) }));

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

interface Sent {
  readonly path: string;
  readonly id: string | null;
  readonly authorization: string | null;
  readonly body: string;
}

type Answer = (sent: Sent, nth: number) => Response;

const loaded = (sent: Sent): Response =>
  Response.json(
    sent.path === '/operator/status'
      ? { counters: {} }
      : { stored: sent.body.split('"Patient"').length - 1, unchanged: 0, failures: [] },
  );

/** A target made of `answer`, and what reached it. */
function target(answer: Answer = loaded): { sent: Sent[]; waits: number[]; options: ImportOptions } {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const fake = async (url: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => {
    const request = new Request(String(url), init);
    const { headers } = request;
    const one = {
      path: new URL(request.url).pathname,
      id: headers.get('x-chunk-id'),
      authorization: headers.get('authorization'),
      body: await request.text(),
    };
    sent.push(one);
    return answer(one, sent.length);
  };
  const sleep = async (milliseconds: number) => void waits.push(milliseconds);
  return {
    sent,
    waits,
    options: { target: 'http://spine.test', token: 'key', identity: 'test', fetch: fake, sleep, concurrency: 1 },
  };
}

describe('reading a source', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'import-'))));
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (text: string) => {
    const file = join(folder, 'source');
    await writeFile(file, text);
    const source = await openSource(file);
    return { unit: source.unit, lines: await collect(source.lines) };
  };

  test('PDS-I50 NDJSON keeps the line numbers of the file, blank lines included', async () => {
    const { unit, lines: found } = await read(
      `\uFEFF\n${JSON.stringify(patient(1))}\r\n\n  \nbroken\n${JSON.stringify(patient(2))}`,
    );
    expect(unit).toBe('line');
    expect(found.map(({ number }) => number)).toEqual([2, 5, 6]);
    expect(found.map(({ text }) => text)).toEqual([JSON.stringify(patient(1)), 'broken', JSON.stringify(patient(2))]);
  });

  test('PDS-I50 an array, a Bundle and one resource, indented or not, give the same lines', async () => {
    const resources = [patient(1), coverage(1), patient(2)];
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
    const texts = resources.map((resource, index) => ({ number: index + 1, text: JSON.stringify(resource) }));
    for (const source of [resources, bundle]) {
      for (const indent of [0, 2])
        expect(await read(JSON.stringify(source, null, indent))).toEqual({ unit: 'entry', lines: texts });
    }
    expect((await read(JSON.stringify(patient(1), null, 2))).lines).toEqual(texts.slice(0, 1));
    expect((await read('')).lines).toEqual([]);
  });

  test('PDS-I50 a first line that is broken does not hide the rest', async () => {
    const { unit, lines: found } = await read(`{"resourceType":"Patient",}\n${JSON.stringify(patient(2))}\n`);
    expect([unit, found.length]).toEqual(['line', 2]);
    await expect(read('[{"resourceType":"Patient"},')).rejects.toThrow(UnreadableSource);
  });
});

describe('grouping', () => {
  const grouped = async (...texts: readonly (object | string)[]) =>
    (await collect(groupPatients(lines(...texts)))).map((one) =>
      one.kind === 'patient' ? one.lines.map(({ number }) => number) : `${one.line} ${one.reason}`,
    );

  test('PDS-I51 what adjoins a Patient belongs to it', async () => {
    expect(await grouped(patient(1), coverage(1), relative(1), patient(2), patient(3), relative(3))).toEqual([
      [1, 2, 3],
      [4],
      [5, 6],
    ]);
  });

  test('PDS-I52 parts without a patient are refused', async () => {
    expect(await grouped(coverage(1), patient(2))).toEqual(['1 no Patient stands before it', [2]]);
    expect(await grouped('{"resourceType":"Patient"', coverage(1), patient(2))).toEqual([
      '1 not JSON',
      '2 its patient, at 1, could not be read',
      [3],
    ]);
  });

  test('PDS-I52 a broken part takes its patient with it, a broken patient leaves the one before alone', async () => {
    expect(await grouped(patient(1), '{"resourceType":"Coverage"', patient(2))).toEqual([
      '2 not JSON',
      '1 its patient is incomplete: 2 could not be read',
      [3],
    ]);
    expect(await grouped(patient(1), '{"resourceType":"Patient"', patient(2))).toEqual([[1], '2 not JSON', [3]]);
    expect(await grouped(patient(1), { resourceType: 'Observation' }, 'null')).toEqual([
      '2 resource type Observation is not imported',
      '3 not a FHIR resource',
      '1 its patient is incomplete: 2 could not be read',
    ]);
  });
});

describe('sending', () => {
  const people = (count: number) => [...linesOf(Array.from({ length: count }, (_, id) => [patient(id), coverage(id)]))];

  test('PDS-I51 chunks hold whole patients, at most so many', async () => {
    const { sent, options } = target();
    const summary = await importPatients(people(7), { ...options, patientsPerChunk: 3 });
    expect(sent.slice(0, 3).map(({ body }) => body.trimEnd().split('\n').length)).toEqual([6, 6, 2]);
    for (const { body } of sent.slice(0, 3)) expect(body.startsWith('{"resourceType":"Patient"')).toBe(true);
    expect(summary).toEqual({ patients: 7, stored: 7, unchanged: 0, refused: 0, chunks: 3, snapshot: 'included' });
    expect(sent[0]?.authorization).toBe('Bearer key');
  });

  test('PDS-I53 the chunk id follows from the name of the source and the content', async () => {
    const ids = async (identity: string, count: number) => {
      const { sent, options } = target();
      await importPatients(people(count), { ...options, identity });
      return sent[0]?.id;
    };
    expect(await ids('a', 2)).toMatch(/^[0-9a-f]{64}$/);
    expect(await ids('a', 2)).toBe(await ids('a', 2));
    expect(await ids('a', 2)).not.toBe(await ids('b', 2));
    expect(await ids('a', 2)).not.toBe(await ids('a', 3));
  });

  test('PDS-I54 a chunk is sent again as it was, no sooner than asked', async () => {
    const { sent, waits, options } = target((one, nth) => {
      if (nth === 1) return new Response('', { status: 503, headers: { 'retry-after': '5' } });
      if (nth === 2) return new Response('', { status: 429 });
      if (nth === 3) throw new TypeError('fetch failed');
      return loaded(one);
    });
    const summary = await importPatients(people(2), options);
    expect(summary.stored).toBe(2);
    expect(new Set(sent.slice(0, 4).map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(waits).toEqual([5000, 400, 800]);
  });

  test('PDS-I54 the number of tries is bounded; a refusal is not tried again', async () => {
    const away = target(() => new Response('', { status: 503 }));
    await expect(importPatients(people(1), { ...away.options, attempts: 4 })).rejects.toThrow(TargetUnreachable);
    expect(away.sent.length).toBe(4);
    const wrongKey = target(() => new Response('', { status: 401 }));
    await expect(importPatients(people(1), wrongKey.options)).rejects.toThrow(TargetRefuses);
    expect(wrongKey.sent.length).toBe(1);
  });

  test('PDS-I55 failures are told by their line in the file', async () => {
    const failures: unknown[] = [];
    const { options } = target((one, nth) =>
      nth === 2 ? Response.json({ stored: 1, unchanged: 0, failures: [{ line: 3, reason: 'no' }] }) : loaded(one),
    );
    const source = lines(patient(1), coverage(1), 'broken', patient(2), coverage(2), '', patient(3), patient(4));
    const onFailure = (failure: unknown) => void failures.push(failure);
    const summary = await importPatients(
      source.filter(({ text }) => text !== ''),
      { ...options, patientsPerChunk: 1, onFailure },
    );
    expect(failures).toContainEqual({ line: 3, reason: 'not JSON' });
    expect(failures).toContainEqual({ line: 1, reason: 'its patient is incomplete: 3 could not be read' });
    expect(summary).toMatchObject({ refused: 4, patients: 3 });
    expect(summary.chunks).toBe(3);
  });

  test('PDS-I55 a failure inside a later chunk counts from the start of the file', async () => {
    const failures: unknown[] = [];
    const { options } = target((one, nth) =>
      nth === 2 ? Response.json({ stored: 0, unchanged: 1, failures: [{ line: 2, reason: 'no card' }] }) : loaded(one),
    );
    await importPatients(people(4), {
      ...options,
      patientsPerChunk: 2,
      onFailure: (failure) => void failures.push(failure),
    });
    expect(failures).toEqual([{ line: 6, reason: 'no card' }]);
  });

  test('PDS-I56 the import waits for the snapshot, and says so when that stands still', async () => {
    let pending = 3;
    const moving = target((one) =>
      one.path === '/operator/status'
        ? Response.json({ counters: { snapshotPending: pending--, snapshotLagMs: 0 } })
        : loaded(one),
    );
    expect((await importPatients(people(1), moving.options)).snapshot).toBe('included');
    expect(moving.sent.filter(({ path }) => path === '/operator/status').length).toBe(4);
    const still = target((one) =>
      one.path === '/operator/status' ? Response.json({ counters: { snapshotPending: 9 } }) : loaded(one),
    );
    expect((await importPatients(people(1), { ...still.options, snapshotPatienceMs: 1000 })).snapshot).toBe('pending');
  });
});
