/** The peer is only worth beating if it keeps the promises: asked over HTTP, looked at in its own tables. */
import { execFileSync } from 'node:child_process';
import { hash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildServer, startChildServer } from '../../bench/targets/child-server.ts';
import { peerMissing } from '../../bench/targets/peer.ts';

const ANNA = '9900000005';
const BEN = '9900000013';
const GENESIS = '0'.repeat(64);

function personText(nhsNumber: string, family: string): string {
  return JSON.stringify({
    resourceType: 'Patient',
    id: nhsNumber,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
    meta: { versionId: '7' },
    name: [{ id: 'n1', use: 'usual', given: ['Sam'], family }],
    gender: 'female',
    birthDate: '1980-02-29',
    telecom: [{ id: 't1', system: 'phone', value: '01632960000', use: 'home' }],
  });
}

const phone = (value: string, id = 't1') => ({
  patches: [
    { op: 'replace', path: '/telecom/0/id', value: id },
    { op: 'replace', path: '/telecom/0/value', value },
  ],
});

describe.skipIf(peerMissing() !== null)('the peer', () => {
  let server: ChildServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-spine-people-'));
    const people = [
      { nhsNumber: ANNA, version: 7, body: personText(ANNA, 'Ash') },
      { nhsNumber: BEN, version: 7, body: personText(BEN, 'Birch') },
    ];
    const file = join(folder, 'people.ndjson');
    await writeFile(file, people.map((person) => JSON.stringify(person)).join('\n'));
    server = await startChildServer('bench/baselines/fastify-postgres/start.ts', ['--people', file]);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const sql = (text: string): string =>
    execFileSync('psql', ['-h', join(server.data, 'socket'), '-U', 'peer', '-d', 'postgres', '-Atc', text], {
      encoding: 'utf8',
    }).trim();

  async function ask(path: string, headers: Record<string, string> = {}, patch?: unknown) {
    const url = new URL(`/personal-demographics/FHIR/R4/${path}`, server.url);
    const sent = { 'X-Request-ID': randomUUID(), ...headers };
    const reply = await fetch(
      url,
      patch === undefined
        ? { headers: sent }
        : {
            method: 'PATCH',
            headers: { ...sent, 'Content-Type': 'application/json-patch+json' },
            body: JSON.stringify(patch),
          },
    );
    const body = await reply.text();
    return { status: reply.status, etag: reply.headers.get('etag'), type: reply.headers.get('content-type'), body };
  }

  test('BEN-15 a read gives the stored bytes and leaves one audit row; a search one for each it shows', async () => {
    const id = randomUUID();
    const reply = await ask(`Patient/${ANNA}`, { 'X-Request-ID': id });
    expect(reply).toEqual({
      status: 200,
      etag: 'W/"7"',
      type: expect.stringContaining('application/fhir+json'),
      body: personText(ANNA, 'Ash'),
    });
    expect(sql(`SELECT action, nhs_number, version FROM audit WHERE request_id = '${id}'`)).toBe(
      `get-patient|${ANNA}|7`,
    );
    const searched = randomUUID();
    const found = await ask('Patient?family=BIRCH&given=sam&birthdate=eq1980-02-29', { 'X-Request-ID': searched });
    expect(JSON.parse(found.body)).toMatchObject({ total: 1, entry: [{ resource: { id: BEN } }] });
    expect(sql(`SELECT nhs_number FROM audit WHERE request_id = '${searched}'`)).toBe(BEN);
    expect((await ask('Patient/9900000006')).status).toBe(400);
    expect((await ask('Patient/9900000021')).status).toBe(404);
  });

  test('BEN-15 a change needs the newest version, moves it by one, and extends the chain of its record', async () => {
    expect((await ask(`Patient/${ANNA}`, {}, phone('01632960001'))).status).toBe(412);
    expect((await ask(`Patient/${ANNA}`, { 'If-Match': 'W/"6"' }, phone('01632960001'))).status).toBe(409);
    const id = randomUUID();
    const reply = await ask(`Patient/${ANNA}`, { 'If-Match': 'W/"7"', 'X-Request-ID': id }, phone('01632960001'));
    expect([reply.status, reply.etag]).toEqual([200, 'W/"8"']);
    expect(JSON.parse(reply.body)).toMatchObject({ meta: { versionId: '8' }, telecom: [{ value: '01632960001' }] });
    expect((await ask(`Patient/${ANNA}`)).body).toBe(reply.body);
    const link = hash('sha256', `${GENESIS}\n${ANNA}\n8\nopen-access\n${id}\n${reply.body}`);
    expect(sql(`SELECT hash FROM journal WHERE nhs_number = '${ANNA}' AND version = 8`)).toBe(link);
    expect(sql(`SELECT hash FROM record WHERE nhs_number = '${ANNA}'`)).toBe(link);
  });

  test('BEN-15 of rivals one wins; a repeat, even at once, gets the first answer and changes nothing', async () => {
    const rivals = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ask(`Patient/${BEN}`, { 'If-Match': 'W/"7"' }, phone(`0163296010${n}`))),
    );
    const statuses = rivals.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
    const same = { 'If-Match': 'W/"8"', 'X-Request-ID': randomUUID() };
    const repeats = await Promise.all(
      Array.from({ length: 8 }, () => ask(`Patient/${BEN}`, same, phone('01632960200'))),
    );
    const [first] = repeats;
    for (const reply of repeats) expect(reply).toEqual(first);
    expect(first?.etag).toBe('W/"9"');
    expect(await ask(`Patient/${BEN}`, same, phone('01632960200'))).toEqual(first);
    expect((await ask(`Patient/${BEN}`, same, phone('01632960201'))).status).toBe(400);
    expect(sql(`SELECT count(*) FROM journal WHERE nhs_number = '${BEN}'`)).toBe('2');
  });

  test('BEN-15 what is not valid is refused and leaves no trace in the journal', async () => {
    const before = sql('SELECT count(*) FROM journal');
    const version = { 'If-Match': (await ask(`Patient/${ANNA}`)).etag ?? '' };
    const refused = [
      phone('01632960300', 't9'),
      { patches: [] },
      { patches: [{ op: 'replace', path: '/telecom/0/value', value: '1' }] },
      { patches: [{ op: 'replace', path: '/gender', value: 'x' }] },
      { patches: [{ op: 'remove', path: '/telecom/0' }] },
      { patches: [{ op: 'replace', path: '/id', value: BEN }] },
      phone('01632960001'),
    ];
    for (const patch of refused) {
      const reply = await ask(`Patient/${ANNA}`, version, patch);
      expect([400, 422], JSON.stringify(patch)).toContain(reply.status);
      expect(reply.body).toContain('OperationOutcome');
    }
    expect(sql('SELECT count(*) FROM journal')).toBe(before);
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      expect(sql(`SHOW ${setting}`), setting).toBe('on');
    }
  });
});
