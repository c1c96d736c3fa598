/** Two versions at once: an edge and actors of different age, and a shard whose schema is raised under load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { populationNumbers } from '../../bench/population.ts';
import { newcomer } from '../domain/pds/births.ts';
import { editedBundle } from '../support/faults/bundles.ts';
import type { Edit } from '../support/faults/bundles.ts';
import { deployed } from '../support/faults/two-versions.ts';
import { OwnedWriters } from '../support/owned-writers.ts';
import { answerOf, ask, wish } from '../support/pds-client.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const POPULATION = 120;

/** What an edge sends that did not send waits and classes yet. */
const BEFORE: readonly Edit[] = [
  {
    file: 'src/actors/stubs.ts',
    from: '{ v: ENVELOPE_VERSION, kind, key, command, ...asked }',
    to: '{ v: ENVELOPE_VERSION, kind, key, command, ...asked, waitMs: undefined, priority: undefined }',
  },
];
/** A later version that says more in both directions, in words that change no others. */
const MORE: readonly Edit[] = [
  { file: 'src/actors/stubs.ts', from: 'v: ENVELOPE_VERSION,', to: 'v: ENVELOPE_VERSION, novelty: { deep: [1] },' },
  {
    file: 'src/engine/shard-actor.ts',
    from: 'this.engine.submit(envelope);',
    to: 'this.engine.submit(envelope).then((outcome) => ({ ...outcome, novelty: 1 }));',
  },
];
/** Actors that were not asked several things at once yet. */
const UNGROUPED: readonly Edit[] = [
  { file: 'src/engine/shard-actor.ts', from: '  calls(batch:', to: '  notYet(batch:' },
  { file: 'src/actors/patient-shard.ts', from: '  override async calls(batch:', to: '  override async notYet(batch:' },
  { file: 'src/actors/patient-shard.ts', from: 'super.calls(batch)', to: 'super.notYet(batch)' },
];
/** A later version whose words mean something else. */
const OTHER_MEANING: readonly Edit[] = [
  { file: 'src/engine/envelope.ts', from: 'ENVELOPE_VERSION = 1', to: 'ENVELOPE_VERSION = 2' },
];
/** A later version whose shards have a further table and column. */
const RAISED_SCHEMA: readonly Edit[] = [
  {
    file: 'src/storage/shard/tables.ts',
    from: 'export const SCHEMA: readonly (readonly string[])[] = [',
    to: 'export const SCHEMA: readonly (readonly string[])[] = [...OLD_SCHEMA(), ["CREATE TABLE later (id INTEGER PRIMARY KEY, note TEXT)", "ALTER TABLE meta ADD COLUMN noted TEXT", "INSERT INTO later (note) SELECT key FROM record"]];\nfunction OLD_SCHEMA(): readonly (readonly string[])[] { return [',
  },
  { file: 'src/storage/shard/tables.ts', from: '\n];\n', to: '\n]; }\n' },
];

let folder = '';
let number = 0;
const bundles = { now: '', before: '', ungrouped: '', more: '', other: '', raised: '' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-spine-versions-'));
  const build = (name: string, edits: readonly Edit[]) => editedBundle(join(folder, `${name}.js`), edits);
  bundles.now = await build('now', []);
  bundles.before = await build('before', BEFORE);
  bundles.ungrouped = await build('ungrouped', UNGROUPED);
  bundles.more = await build('more', MORE);
  bundles.other = await build('other', OTHER_MEANING);
  bundles.raised = await build('raised', RAISED_SCHEMA);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const changeOf = (id: string, version: number) => {
  const body = JSON.stringify({
    patches: [{ op: 'replace', path: '/gender', value: version % 2 === 0 ? 'female' : 'male' }],
  });
  return wish('PATCH', `/Patient/${id}`, { ifMatch: version, body });
};

async function register(url: string): Promise<string> {
  const name = [
    { use: 'usual', given: ['Ida'], family: `Version${'abcdefgh'.charAt(number++)}`, period: { start: '2001-01-01' } },
  ];
  const created = await answerOf(url, wish('POST', '/Patient', { body: JSON.stringify(newcomer({ name })) }));
  expect(created.status).toBe(201);
  return (JSON.parse(created.body) as { id: string }).id;
}

describe('edge and actors of different age', () => {
  test.each([
    ['edge before, actors now', 'before', 'now'],
    ['edge now, actors before', 'now', 'before'],
    ['edge now, actors that take no groups', 'now', 'ungrouped'],
    ['edge with more to say, actors now', 'more', 'now'],
    ['edge now, actors with more to say', 'now', 'more'],
    ['actors whose words mean more, edge now', 'now', 'other'],
  ] as const)('FLT-V01 %s: creates, changes, repeats and reads work', async (_name, edge, actors) => {
    const state = await mkdtemp(join(folder, 'state-'));
    const deployment = await deployed({ edge: bundles[edge], actors: bundles[actors], state });
    try {
      const { url } = deployment;
      const id = await register(url);
      const asked = changeOf(id, 1);
      const changed = await answerOf(url, asked);
      expect([changed.status, changed.version]).toEqual([200, 2]);
      expect((await answerOf(url, asked)).body).toBe(changed.body);
      expect((await answerOf(url, changeOf(id, 1))).status).toBe(409);
      expect((await answerOf(url, wish('GET', `/Patient/${id}`))).version).toBe(2);
    } finally {
      await deployment.stop();
    }
  });

  test('FLT-V02 what a newer edge means otherwise is not guessed at: 503, no effect, and the same request succeeds after the deploy', async () => {
    const state = await mkdtemp(join(folder, 'state-'));
    const start = (edge: string, actors: string) => deployed({ edge, actors, state });
    const old = await start(bundles.now, bundles.now);
    const id = await register(old.url);
    await old.stop();
    const half = await start(bundles.other, bundles.now);
    const asked = changeOf(id, 1);
    const refusal = await fetch(`${half.url}/personal-demographics/FHIR/R4/Patient/${id}`, {
      headers: { 'X-Request-ID': crypto.randomUUID() },
    });
    expect([refusal.status, Number(refusal.headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect(await ask(half.url, asked)).toBe(null);
    await half.stop();
    const whole = await start(bundles.other, bundles.other);
    try {
      expect((await answerOf(whole.url, wish('GET', `/Patient/${id}`))).version).toBe(1);
      expect((await answerOf(whole.url, asked)).version).toBe(2);
    } finally {
      await whole.stop();
    }
  });
});

describe('a raised schema', () => {
  test('FLT-V03 under load, killed while it is raised: nothing is lost, the older Worker refuses and harms nothing', async () => {
    const wishes = (bundle: string) => ['--no-sandbox', '--population', String(POPULATION), '--bundle', bundle];
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const port = ['--port', '9199'];
    let spine = await SpawnedSpine.start({ args: [...wishes(bundles.now), ...port] });
    const { data } = spine;
    const next = async (bundle: string) => (spine = await spine.restart(...wishes(bundle), ...port));
    try {
      const writers = new OwnedWriters(spine.url, 1);
      await writers.prepare(populationNumbers(POPULATION));
      const working = writers.run(16);
      await pause(1_000);
      await spine.kill();
      await next(bundles.raised);
      // Killed again at once: some shards are raised by now, some are not.
      await pause(30);
      await spine.kill();
      await next(bundles.raised);
      const raised = writers.acknowledged;
      for (const deadline = Date.now() + 30_000; writers.acknowledged < raised + 200 && Date.now() < deadline;)
        await pause(20);
      await spine.kill();
      // Back to the version before: it must not serve what it does not know.
      await next(bundles.now);
      const older = await fetch(`${spine.url}/personal-demographics/FHIR/R4/Patient/${writers.patients[0]?.number}`, {
        headers: { 'X-Request-ID': crypto.randomUUID() },
      });
      expect(older.status).toBeGreaterThanOrEqual(500);
      await spine.kill();
      await next(bundles.raised);
      const back = writers.acknowledged;
      for (const deadline = Date.now() + 30_000; writers.acknowledged < back + 50 && Date.now() < deadline;)
        await pause(20);
      writers.stop();
      await working;
      await writers.verify();
      console.log(`${writers.acknowledged} writes over a raised schema, ${writers.unknown} attempts open`);
      expect(writers.violations).toEqual([]);
      expect(back).toBeGreaterThanOrEqual(raised + 200);
    } finally {
      await spine.close();
      await SpawnedSpine.remove(data);
    }
  });
});
