/** Where access is enforced: who may prescribe and dispense, decided in the step of the act, over the real handlers and engines. */
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../../src/actors/addresses.ts';
import type { Agent } from '../../../src/engine/record-kind.ts';
import type { CallerFacts } from '../../../src/routes/record-call.ts';
import { Client, PHARMACY, numberOf } from '../../simulation/prescriptions/client.ts';
import type { Told } from '../../simulation/prescriptions/client.ts';
import { SHARDS } from '../../support/prescription-actor.ts';
import { PrescriptionWorld } from '../../support/prescription-world.ts';

type Name = 'patient-0' | 'patient-1';

const NO_ROLE: CallerFacts = { level: 'aal3', activities: [], workgroups: [] };
const worker: Agent = { client: 'app-1', mode: 'user-restricted', user: 'u1', rights: [] };
const application: Agent = { client: 'app-1', mode: 'application-restricted', rights: [] };

const PRESCRIBER = { agent: worker, caller: { ...NO_ROLE, activities: ['B0420'] } };
const DISPENSER = { agent: worker, caller: { ...NO_ROLE, activities: ['B0570'] } };
const APPLICATION = { agent: application, caller: { ...NO_ROLE, level: 'level3' } };
const DISPENSED = { messageId: 'd-1', status: '0006', items: ['0001', '0001'] };

async function enforced<T>(act: (client: Client) => Promise<T>): Promise<{ world: PrescriptionWorld; result: T }> {
  const world = new PrescriptionWorld();
  world.control = 'enforced';
  let over = false;
  const acting = act(new Client(world)).finally(() => (over = true));
  acting.catch(() => undefined);
  await world.run(3_600_000, () => over);
  return { world, result: await acting };
}

/** What an act answers to someone else, everything before it having been done by who may. */
async function asked(who: Client['who'], act: (client: Client) => Promise<Told>): Promise<string> {
  const { result } = await enforced(async (client) => {
    client.who = PRESCRIBER;
    await client.order(0);
    client.who = who;
    return act(client);
  });
  return result.status === 200 ? 'done' : result.body;
}

describe('prescriptions where access is enforced', () => {
  test('ACF-P01 the whole life by those who may', async () => {
    const { result, world } = await enforced(async (client) => {
      client.who = PRESCRIBER;
      const ordered = await client.order(0);
      client.who = DISPENSER;
      const acts = [await client.byId(0, PHARMACY), await client.dispense(0, DISPENSED), await client.claim(0, 'c-1')];
      return [ordered, ...acts].map(({ status }) => status);
    });
    expect(result).toEqual([200, 200, 200, 200]);
    expect(world.stored()[0]?.issues[0]?.status).toBe('0008');
  });

  test.each([
    ['order', DISPENSER, (client: Client) => client.order(4)],
    ['cancel', DISPENSER, (client: Client) => client.cancel(0, 1)],
    ['release', PRESCRIBER, (client: Client) => client.byId(0, PHARMACY)],
    ['return', PRESCRIBER, (client: Client) => client.return(0, PHARMACY)],
    ['dispense', PRESCRIBER, (client: Client) => client.dispense(0, DISPENSED)],
    ['withdraw', PRESCRIBER, (client: Client) => client.withdraw(0, 'd-1')],
    ['claim', PRESCRIBER, (client: Client) => client.claim(0, 'c-1')],
  ] as const)('ACF-P01 %s asks for its own activity, and for aal3', async (_name, other, act) => {
    const right = other === DISPENSER ? PRESCRIBER : DISPENSER;
    expect(await asked(other, act)).toBe('activity-missing');
    expect(await asked({ ...right, caller: { ...right.caller, level: 'aal2' } }, act)).toBe('level-too-low');
    expect(await asked(APPLICATION, act)).toBe('apps-read-demographics-only');
    expect(['done', 'PRESCRIPTION_INVALID_STATE_TRANSITION']).toContain(await asked(right, act));
  });

  test('ACF-P02 neither relationship nor permission is asked for, and no seal hides it', async () => {
    const { result } = await enforced(async (client) => {
      const key = numberOf(0);
      const seal = { id: 's', record: 'prescription', author: 'w9', locked: true, at: 0 };
      const access = { relationships: [], seals: [seal], broken: [], optedOut: true };
      const record = { kind: 'patient-access', key, version: 2, body: JSON.stringify(access), annex: '' };
      const chunk = { v: 1, chunkId: 'c', agent: worker, records: [record] } as const;
      await client.world.import(`patient-${shardOf(key, SHARDS)}` as Name, chunk);
      client.who = PRESCRIBER;
      await client.order(0);
      client.who = DISPENSER;
      return client.byId(0, PHARMACY);
    });
    expect(result.status).toBe(200);
  });

  test('ACF-P03 a queue is fetched by an application without a user; who may not dispense fetches nothing and loses nothing', async () => {
    const { result } = await enforced(async (client) => {
      client.who = PRESCRIBER;
      await client.order(0);
      await client.order(1);
      await client.pause(5_000);
      const denied = await client.pull('denied');
      await client.pause(70_000);
      client.who = APPLICATION;
      const fetched = await client.pull('fetched');
      return { denied, fetched: fetched.status, handed: client.handed.length };
    });
    expect(result.denied).toMatchObject({ status: 400, body: 'activity-missing' });
    expect([result.fetched, result.handed]).toEqual([200, 2]);
  });

  test('ACF-P04 what the service returns itself after a bad signature is asked of nobody', async () => {
    const { result, world } = await enforced(async (client) => {
      client.who = PRESCRIBER;
      await client.order(0);
      client.who = APPLICATION;
      await client.pause(5_000);
      client.signatures = ['Signature is invalid'];
      return client.pull('fetched');
    });
    expect([result.status, result.body.includes('failedPrescriptions')]).toEqual([200, true]);
    expect(world.stored()[0]?.log.map(({ event }) => event)).toEqual(['order', 'nominated-release', 'return']);
  });

  test('ACF-P05 a refusal is in the journal of the shard, with who asked', async () => {
    const { world } = await enforced(async (client) => {
      client.who = PRESCRIBER;
      await client.order(0);
      return client.byId(0, PHARMACY);
    });
    const entries = world.journal().filter((entry) => entry.includes('activity-missing'));
    expect(entries).toHaveLength(1);
    expect(entries[0]).toContain('u1');
  });
});
