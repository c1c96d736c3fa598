/** Transactions between real actors: over shards, with an actor lost between any two steps, and under rivalry. */
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { CoordinatorShard } from '../../src/actors/coordinator-shard.ts';
import type { PatientShard } from '../../src/actors/patient-shard.ts';
import type { ShardEngine } from '../../src/engine/shard-engine.ts';
import { spine } from '../support/engine.ts';
import { ask, bundle, load, numbersOn, patching, patient, person, shardOfNumber } from './spine.ts';

const shardStub = (nhsNumber: string) => spine.PATIENT_SHARD.getByName(String(shardOfNumber(nhsNumber)));
const engineOf = (instance: PatientShard): ShardEngine => Reflect.get(instance, 'engine') as ShardEngine;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function leftovers(): Promise<number> {
  let sum = 0;
  for (let shard = 0; shard < 8; shard++) {
    sum += (await spine.PATIENT_SHARD.getByName(String(shard)).status()).prepared;
    sum += await spine.COORDINATOR_SHARD.getByName(String(shard)).open();
  }
  return sum;
}

async function twoPeople(): Promise<[string, string]> {
  const [a = '', b = ''] = numbersOn('other');
  await load(person(a), person(b));
  return [a, b];
}

/** Sends until the answer is not 503, as clients do. */
async function send(body: unknown, requestId = crypto.randomUUID()): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask('', { method: 'POST', body, requestId });
    if (response.status !== 503 || attempt === 8) return response;
    await pause(300);
  }
}

type Crash = 'before preparing' | 'after preparing' | 'before committing' | 'after committing';

/** Lets the shard of a patient die at one step of its next transaction. */
function dying(nhsNumber: string, crash: Crash): Promise<void> {
  return runInDurableObject(shardStub(nhsNumber), (instance: PatientShard, state) => {
    const { transactions } = engineOf(instance);
    const prepare = transactions.prepare.bind(transactions);
    const finish = transactions.finish.bind(transactions);
    const die = () => state.abort('crash of a test');
    if (crash.endsWith('preparing')) {
      transactions.prepare = async (asked) => {
        if (crash === 'before preparing') die();
        const vote = await prepare(asked);
        await state.storage.sync();
        die();
        return vote;
      };
    } else {
      transactions.finish = async (id, fate) => {
        if (crash === 'before committing') die();
        await finish(id, fate);
        await state.storage.sync();
        die();
      };
    }
  });
}

describe('over two shards', () => {
  test('ENG-T22 both change, or neither, and a repeat gets the first answer byte for byte', async () => {
    const [a, b] = await twoPeople();
    const body = bundle('transaction', patching(a, 1), patching(b, 1));
    const requestId = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(body, requestId)));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(new Set(texts).size).toBe(1);
    expect([await patient(a), await patient(b)]).toMatchObject([
      { gender: 'male', meta: { versionId: '2' } },
      { gender: 'male', meta: { versionId: '2' } },
    ]);
    const refused = await send(bundle('transaction', patching(a, 2, 'unknown'), patching(b, 1, 'unknown')));
    expect(refused.status).toBe(409);
    expect([(await patient(a)).meta?.versionId, (await patient(b)).meta?.versionId]).toEqual(['2', '2']);
    expect(await (await send(body, requestId)).text()).toBe(texts[0]);
    await expect.poll(leftovers, { timeout: 5_000 }).toBe(0);
  });

  test.each<Crash>(['before preparing', 'after preparing', 'before committing', 'after committing'])(
    'ENG-T22 with either shard lost %s, all of it happens once or nothing has',
    async (crash) => {
      for (const victim of [0, 1]) {
        const people = await twoPeople();
        const [a, b] = people;
        await dying(people[victim] ?? '', crash);
        const response = await send(bundle('transaction', patching(a, 1), patching(b, 1)));
        expect([crash, victim, response.status]).toEqual([crash, victim, 200]);
        expect([(await patient(a)).meta?.versionId, (await patient(b)).meta?.versionId]).toEqual(['2', '2']);
        await expect.poll(leftovers, { timeout: 5_000 }).toBe(0);
      }
    },
    30_000,
  );

  test.each(['begin', 'decide'] as const)(
    'ENG-T22 with the coordinator lost after it %ss, the transaction ends whole',
    async (step) => {
      const [a, b] = await twoPeople();
      // Which coordinator it will be is not known beforehand: all of them are prepared to die once.
      const spent: boolean[] = [];
      for (let shard = 0; shard < 8; shard++) {
        await runInDurableObject(
          spine.COORDINATOR_SHARD.getByName(String(shard)),
          (instance: CoordinatorShard, state) => {
            const { statements } = (Reflect.get(instance, 'engine') as ShardEngine).shard;
            const die = () => {
              if (spent.length > 0) return;
              spent.push(true);
              // After the commit of this turn, before anybody is told.
              setTimeout(() => state.abort('crash of a test'), 0);
            };
            const { insertCoordinated, setCoordinated } = statements;
            if (step === 'begin')
              statements.insertCoordinated = (row) => {
                insertCoordinated(row);
                die();
              };
            else
              statements.setCoordinated = (id, stage) => {
                setCoordinated(id, stage);
                die();
              };
          },
        );
      }
      const response = await send(bundle('transaction', patching(a, 1), patching(b, 1)));
      expect([response.status, spent.length]).toEqual([200, 1]);
      expect([(await patient(a)).meta?.versionId, (await patient(b)).meta?.versionId]).toEqual(['2', '2']);
      await expect.poll(leftovers, { timeout: 5_000 }).toBe(0);
    },
    30_000,
  );

  test('ENG-T22 rivals over the same two records: one wins, the others find another version, none hangs', async () => {
    const [a, b] = await twoPeople();
    const wishes = Array.from({ length: 10 }, (_, n) =>
      send(
        n % 2 === 0
          ? bundle('transaction', patching(a, 1), patching(b, 1))
          : bundle('transaction', patching(b, 1), patching(a, 1)),
      ),
    );
    const statuses = (await Promise.all(wishes)).map(({ status }) => status).toSorted((x, y) => x - y);
    expect(statuses).toEqual([200, ...Array<number>(9).fill(409)]);
    expect([(await patient(a)).meta?.versionId, (await patient(b)).meta?.versionId]).toEqual(['2', '2']);
    await expect.poll(leftovers, { timeout: 5_000 }).toBe(0);
  }, 30_000);

  test('ENG-T22 in the journals of both shards stands who did it, and in which transaction', async () => {
    const [a, b] = await twoPeople();
    await send(bundle('transaction', patching(a, 1), patching(b, 1)));
    const entryOf = (nhsNumber: string) =>
      runInDurableObject(shardStub(nhsNumber), (_instance, state) => {
        const row = state.storage.sql
          .exec<{ entry: string }>(`SELECT entry FROM journal WHERE key = ? ORDER BY seq DESC LIMIT 1`, nhsNumber)
          .one();
        return JSON.parse(row.entry) as { action: string; transaction: string; agent: { client: string } };
      });
    const entries = [await entryOf(a), await entryOf(b)];
    expect(entries).toMatchObject([{}, {}].map(() => ({ action: 'patch-patient', agent: { client: 'open' } })));
    expect(entries[0]?.transaction).toBe(entries[1]?.transaction);
  });
});
