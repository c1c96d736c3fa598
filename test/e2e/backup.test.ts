/** The real thing: load, back up, destroy a shard's file, restore, compare; and a restore that lacks a segment. */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { newcomer } from '../domain/pds/births.ts';
import { answerOf, ask, lettersOf, renamed, wish } from '../support/pds-client.ts';
import type { Reply, Wish } from '../support/pds-client.ts';
import { newDataFolder, runScript, SpawnedSpine } from '../support/spawned-spine.ts';

const SHARDS = 4;
const ARGS = ['--shards', String(SHARDS), '--journal', '1', '--population', '30'];

let data: string;
let spine: SpawnedSpine;
/** The person whose shard is destroyed, and the others. */
let victim: { number: string; nameId: string };
const written: { asked: Wish; reply: Reply }[] = [];

beforeAll(async () => {
  data = await newDataFolder();
  spine = await SpawnedSpine.start({ data, args: ARGS });
});

afterAll(async () => {
  await spine.close();
  await SpawnedSpine.remove(data);
});

const command = (script: string, ...args: string[]) =>
  runScript(`scripts/${script}.ts`, [
    ...(args[0] === '--local' ? [] : ['--target', spine.url, '--data', data]),
    ...args,
  ]);

const shard = () => String(shardOf(victim.number, SHARDS));

async function create(index: number): Promise<{ number: string; nameId: string }> {
  const name = [{ use: 'usual', given: ['Ada'], family: `Back${lettersOf(index)}`, period: { start: '2001-01-01' } }];
  const body = JSON.stringify(newcomer({ name, birthDate: `1960-01-1${index % 10}` }));
  const asked = wish('POST', '/Patient', { body });
  const reply = await answerOf(spine.url, asked);
  expect(reply.status).toBe(201);
  written.push({ asked, reply });
  const made = JSON.parse(reply.body) as { id: string; name: { id: string }[] };
  return { number: made.id, nameId: made.name[0]?.id ?? '' };
}

async function rename(person: { number: string; nameId: string }, version: number, given: string): Promise<Reply> {
  const asked = wish('PATCH', `/Patient/${person.number}`, { ifMatch: version, body: renamed(person.nameId, given) });
  const reply = await answerOf(spine.url, asked);
  if (reply.status === 200) written.push({ asked, reply });
  return reply;
}

const everybody = (): string[] => [
  ...new Set(written.map(({ reply }) => (JSON.parse(reply.body) as { id: string }).id)),
  '9000000009',
  '9000000025',
];

async function picture(): Promise<string[]> {
  const seen: string[] = [];
  for (const number of everybody()) {
    const { status, version, body } = await answerOf(spine.url, wish('GET', `/Patient/${number}`));
    seen.push(`${number} ${status} ${version} ${createHash('sha256').update(body).digest('hex')}`);
  }
  return seen;
}

/** The file of one patient shard, found by what stands in it. */
function destroyShard(actor: string): void {
  const folder = join(data, 'state', 'do', 'edge-spine-PatientShard');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')) {
    const database = new DatabaseSync(join(folder, file), { readOnly: true });
    const name = database.prepare(`SELECT value FROM meta WHERE name = 'actor'`).get()?.['value'];
    database.close();
    if (name !== actor) continue;
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, file + end), { force: true });
    return;
  }
  throw new Error(`no file of ${actor}`);
}

async function operator(path: string): Promise<unknown> {
  const { readFileSync } = await import('node:fs');
  const authorization = `Bearer ${readFileSync(join(data, 'operator.key'), 'utf8').trim()}`;
  return (await fetch(`${spine.url}${path}`, { headers: { authorization } })).json();
}

describe('a shard that is destroyed', () => {
  test('BAK-14 is backed up by one command, which says how far', async () => {
    for (let index = 0; index < 6; index++) {
      const person = await create(index);
      victim = index === 0 ? person : victim;
      for (let version = 1; version <= 3; version++)
        await rename(person, version, `N${lettersOf(index * 10 + version)}`);
    }
    const { code, output } = await command('backup');
    expect([code, output]).toEqual([0, expect.stringContaining(`patient-shard/${shard()}: epoch 1, journal to`)]);
    expect(output).toMatch(/backed up: \d+ journal rows\n/);
  });

  test('BAK-06 BAK-04 comes back as it was: bytes, versions, answers to repeats; before that it takes no work', async () => {
    const before = await picture();
    expect(await spine.stop()).toBe(0);
    destroyShard(`patient-shard/${shard()}`);
    const looked = await command('verify-journal', '--local', data);
    expect([looked.code, looked.output]).toEqual([
      1,
      expect.stringContaining(`patient-shard/${shard()}: FIRST BAD SEQUENCE 1: there is less than was written`),
    ]);
    spine = await spine.restart(...ARGS);
    expect(await ask(spine.url, wish('GET', `/Patient/${victim.number}`))).toBeNull();
    expect(
      await ask(
        spine.url,
        wish('PATCH', `/Patient/${victim.number}`, { ifMatch: 4, body: renamed(victim.nameId, 'X') }),
      ),
    ).toBeNull();
    const { code, output } = await command('restore', '--class', 'patient-shard', '--shard', shard());
    expect([code, output]).toEqual([0, expect.stringContaining('epoch 2')]);
    expect(output).not.toContain('MISSING');
    expect(await picture()).toEqual(before);
    for (const { asked, reply } of written) {
      const again = await answerOf(spine.url, asked);
      expect([asked.method, asked.path, again.status, again.version, again.body]).toEqual([
        asked.method,
        asked.path,
        reply.status,
        reply.version,
        reply.body,
      ]);
    }
  });

  test('BAK-07 goes on with versions that were never given out, also in the national copy', async () => {
    expect((await rename(victim, 4, 'Once')).version).toBe(10_005);
    expect((await rename(victim, 10_005, 'Twice')).version).toBe(10_006);
    const { code } = await command('backup');
    expect(code).toBe(0);
    const checked = await command('verify-journal');
    expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('sound')]);
  });

  test('BAK-08 a restore that lacks a segment names exactly what is missing', async () => {
    const { segments } = (await operator(`/operator/segments?class=patient-shard&shard=${shard()}`)) as {
      segments: { first: number; last: number }[];
    };
    // One that other segments follow; written every second, there are several.
    const gone = segments[1];
    if (gone === undefined || segments.length < 3) throw new Error(`too few segments: ${segments.length}`);
    const before = await picture();
    expect(await spine.stop()).toBe(0);
    await removeSegment(gone.first);
    destroyShard(`patient-shard/${shard()}`);
    spine = await spine.restart(...ARGS);
    const { code, output } = await command('restore', '--class', 'patient-shard', '--shard', shard());
    expect(code).toBe(1);
    expect(output.match(/MISSING.*/g)).toEqual([`MISSING journal rows ${gone.first} to ${gone.last}: missing`]);
    // The newest of every record was in a later segment or in the national copy.
    expect(await picture()).toEqual(before);
    const checked = await command('verify-journal', '--class', 'patient-shard', '--shard', shard());
    expect([checked.code, checked.output]).toEqual([
      0,
      expect.stringContaining(`declared lost by a restore: ${gone.first}–${gone.last}`),
    ]);
  });

  test('BAK-10 a shard that holds data is not restored unless that is said', async () => {
    const { code, output } = await command('restore', '--class', 'patient-shard', '--shard', shard());
    expect([code, output]).toEqual([3, expect.stringContaining('holds data')]);
    const before = await picture();
    const wiped = await command('restore', '--class', 'patient-shard', '--wipe');
    expect(wiped.output.match(/^patient-shard\/\d+: epoch/gm)).toHaveLength(SHARDS);
    expect(await picture()).toEqual(before);
  });

  test('BAK-14 wrong use is told apart', async () => {
    expect((await command('restore')).code).toBe(2);
    expect((await command('restore', '--class', 'nobody')).code).toBe(2);
    expect((await command('backup', '--class', 'patient-shard', '--shard', '99')).code).toBe(2);
    expect((await command('verify-journal', '--nonsense')).code).toBe(2);
  });
});

/** Takes a segment out of the bucket while nobody runs. */
async function removeSegment(first: number): Promise<void> {
  const { Miniflare } = await import('miniflare');
  const runtime = new Miniflare({
    resourcePersistencePath: join(data, 'state'),
    telemetry: { enabled: false },
    cf: false,
    workers: [
      {
        config: {
          name: 'remover',
          compatibilityDate: '2026-11-01',
          manifest: {
            mainModule: 'worker.js',
            modulesRoot: '/',
            modules: { 'worker.js': { type: 'esm', contents: 'export default { fetch: () => new Response() }' } },
          },
          env: { JOURNAL: { type: 'r2', name: 'journal' } },
        },
      },
    ],
  });
  try {
    const bucket = await runtime.getR2Bucket('JOURNAL', 'remover');
    const key = `patient-shard/${shard().padStart(6, '0')}/${String(first).padStart(12, '0')}.ndjson`;
    if ((await bucket.head(key)) === null) throw new Error(`no ${key}`);
    await bucket.delete(key);
  } finally {
    await runtime.dispose();
  }
}
