/** The operator's door: the key before everything, import line by line, counters. */
import { describe, expect, test, vi } from 'vitest';
import { MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../../../src/routes/limits.ts';
import { patient } from '../../domain/pds/people.ts';
import { Edge, OPEN, REQUEST_ID } from '../support.ts';
import type { Sent } from '../support.ts';

const URL = 'https://edge.test/operator';
const KEY = { Authorization: 'Bearer operator-1' };
const NUMBERS = ['9000000009', '9000000017', '9000000025'];

const line = (id: string | undefined) => JSON.stringify({ ...patient({ identifier: [] }), id });
const load = (lines: readonly string[], more: Sent = {}): Sent => ({
  method: 'POST',
  body: lines.join('\n'),
  ...more,
  headers: { ...KEY, 'X-Chunk-ID': 'chunk-1', ...more.headers },
});

describe('key', () => {
  test.each([
    null,
    '',
    'Bearer',
    'Bearer ',
    'Bearer operator-',
    'Bearer operator-12',
    'Basic operator-1',
    'operator-1',
  ])('PDS-A58 %j opens nothing, also where access is open', async (authorization) => {
    const edge = new Edge();
    for (const [method, path] of [
      ['POST', '/import'],
      ['GET', '/status'],
      ['GET', '/nowhere'],
      ['GET', ''],
    ] as const) {
      const response = await edge.send(`${URL}${path}`, { method, headers: { Authorization: authorization } });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: 'The operator key is missing or wrong' });
    }
    expect(edge.spine.imported).toEqual([]);
  });

  test('PDS-A58 an unset key cannot be matched', async () => {
    const edge = new Edge({ ...OPEN, operatorKey: '' });
    expect((await edge.send(`${URL}/status`, { headers: { Authorization: 'Bearer ' } })).status).toBe(401);
  });

  test('PDS-A58 with the key an unknown page is not found', async () => {
    expect((await new Edge().send(`${URL}/nowhere`, { headers: KEY })).status).toBe(404);
    expect((await new Edge().send(`${URL}/import`, { headers: KEY })).status).toBe(404);
  });
});

describe('import', () => {
  test('PDS-A59 patients are stored under one chunk', async () => {
    const edge = new Edge();
    const response = await edge.send(`${URL}/import`, load([...NUMBERS.map(line), '']));
    expect([response.status, await response.json()]).toEqual([200, { stored: 3, unchanged: 0, failures: [] }]);
    expect(edge.spine.imported).toHaveLength(1);
    expect(edge.spine.imported[0]).toMatchObject({ chunkId: 'chunk-1' });
    expect(edge.spine.imported[0]?.records.map(({ kind, key }) => [kind, key])).toEqual(
      NUMBERS.map((key) => ['demographics', key]),
    );
  });

  test('PDS-A59 lines after a Patient are its own', async () => {
    const edge = new Edge();
    const related = JSON.stringify({ resourceType: 'RelatedPerson', id: 'A', active: true });
    await edge.send(`${URL}/import`, load([line(NUMBERS[0]), related, line(NUMBERS[1])]));
    expect(edge.spine.imported[0]?.records.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      `demographics ${NUMBERS[0]}`,
      `related-persons ${NUMBERS[0]}`,
      `demographics ${NUMBERS[1]}`,
    ]);
  });

  test('PDS-A60 a line that cannot be read takes its patient with it, and nobody else', async () => {
    const edge = new Edge();
    const lines = [
      '{"resourceType":"Coverage"}',
      line(NUMBERS[0]),
      '{',
      '{"resourceType":"RelatedPerson"}',
      line(NUMBERS[1]),
    ];
    const response = await edge.send(`${URL}/import`, load(lines));
    expect(await response.json()).toEqual({
      stored: 1,
      unchanged: 0,
      failures: [
        { line: 1, reason: 'no readable Patient stands before it' },
        { line: 2, reason: 'its patient is incomplete: line 3 could not be read' },
        { line: 3, reason: 'not JSON, or beyond the bounds of a resource' },
        { line: 4, reason: 'no readable Patient stands before it' },
      ],
    });
  });

  test('PDS-A60 a patient that cannot be stored is told by line', async () => {
    const edge = new Edge();
    const response = await edge.send(`${URL}/import`, load([line('123'), line(NUMBERS[1])]));
    const report = (await response.json()) as { stored: number; failures: readonly { line: number; reason: string }[] };
    expect(report.stored).toBe(1);
    expect(report.failures).toEqual([{ line: 1, reason: expect.stringContaining('not an NHS number') }]);
  });

  test('PDS-A60 nothing to store asks no shard', async () => {
    const edge = new Edge();
    expect(await (await edge.send(`${URL}/import`, load([]))).json()).toEqual({
      stored: 0,
      unchanged: 0,
      failures: [],
    });
    expect(edge.spine.imported).toEqual([]);
  });

  test.each([null, '', 'with space', 'x'.repeat(201)])('PDS-A61 chunk id %j is refused', async (id) => {
    expect(
      (await new Edge().send(`${URL}/import`, load([line(NUMBERS[0])], { headers: { 'X-Chunk-ID': id } }))).status,
    ).toBe(400);
  });

  test('PDS-A61 a chunk has at most 5,000 lines and 10 MB', async () => {
    const edge = new Edge();
    const ok = await edge.send(`${URL}/import`, load(Array.from({ length: MAX_IMPORT_LINES }, () => '')));
    expect(ok.status).toBe(200);
    expect(
      (await edge.send(`${URL}/import`, load(Array.from({ length: MAX_IMPORT_LINES + 2 }, () => '')))).status,
    ).toBe(413);
    expect((await edge.send(`${URL}/import`, load(['x'.repeat(MAX_IMPORT_BYTES + 1)]))).status).toBe(413);
  });

  test('PDS-A61 what breaks behind tells a reference only', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const edge = new Edge();
    edge.spine.patients.import = () => Promise.reject(new Error('SQLITE_FULL'));
    const response = await edge.send(`${URL}/import`, load([line(NUMBERS[0])]));
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'Something broke', reference: REQUEST_ID },
    ]);
    log.mockRestore();
  });
});

describe('status', () => {
  test('PDS-A62 counters of the back end and of this isolate', async () => {
    const edge = new Edge();
    await edge.send('/_ping');
    const body = (await (await edge.send(`${URL}/status`, { headers: KEY })).json()) as Record<
      string,
      Record<string, unknown>
    >;
    expect(body).toMatchObject({ access: 'open', environment: 'local', counters: { snapshotPending: 3 } });
    expect(body['isolate']?.['requests']).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain('operator-1');
  });
});
