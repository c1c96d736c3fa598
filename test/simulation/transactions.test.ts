/** Transactions with a crash or a message fault at every step, on virtual time: all or nothing, once, and nothing left over. */
import { describe, expect, test } from 'vitest';
import type { TransactionOutcome } from '../../src/engine/transaction.ts';
import { TransactionWorld, transfer } from '../support/transaction-world.ts';
import type { Fault, Name } from '../support/transaction-world.ts';

const NAMES: readonly Name[] = ['coordinator', 'a', 'b'];
const MINUTES = 60_000;
const moved = transfer('r1', { from: 'a1', to: 'b1', by: 5 });
const refusing = transfer('r1', { from: 'a1', to: 'b1', command: { b: { name: 'refuse' } } });

interface Ended {
  readonly world: TransactionWorld;
  readonly outcome: TransactionOutcome;
  readonly again: TransactionOutcome;
}

/** Runs one transaction to its end, then the same request once more. */
async function ended(faults: readonly Fault[], envelope = moved): Promise<Ended> {
  const world = new TransactionWorld(faults);
  // Who sees the second part changed finds the first changed too, at any moment.
  world.onStep = () => expect(world.version('b', 'b1')).toBeLessThanOrEqual(world.version('a', 'a1'));
  const first = world.client(envelope);
  await world.run(20 * MINUTES);
  const outcome = await first;
  const second = world.client(envelope);
  await world.run(20 * MINUTES);
  return { world, outcome, again: await second };
}

const steps = async (envelope = moved): Promise<readonly string[]> => {
  const world = new TransactionWorld();
  const outcome = world.client(envelope);
  await world.run(MINUTES);
  await outcome;
  return world.trace;
};

function expectCommittedOnce({ world, outcome, again }: Ended, told: string): void {
  expect(outcome, told).toMatchObject({ kind: 'committed' });
  expect(again, told).toMatchObject({ kind: 'committed', replayed: true });
  const repliesOf = (answer: TransactionOutcome) => (answer.kind === 'committed' ? answer.replies : null);
  expect(repliesOf(again), told).toEqual(repliesOf(outcome));
  expect([world.version('a', 'a1'), world.version('b', 'b1')], told).toEqual([1, 1]);
  expect([world.count('a', 'a1'), world.count('b', 'b1')], told).toEqual([-5, 5]);
  expect(world.leftovers(), told).toBe(0);
}

function expectNothing({ world, outcome }: Ended, told: string): void {
  expect(outcome, told).toMatchObject({ kind: 'refused', code: 'no-more', position: 1 });
  expect([world.version('a', 'a1'), world.version('b', 'b1')], told).toEqual([0, 0]);
  expect(world.leftovers(), told).toBe(0);
}

describe('transactions under faults', () => {
  test('ENG-T11 without faults: begun, prepared, decided, told, forgotten', async () => {
    const trace = await steps();
    const order = [
      'coordinator committed',
      'prepare leaves for a',
      'prepare leaves for b',
      'commit leaves for a',
      'commit answered by a',
      'commit leaves for b',
    ];
    const places = order.map((what) => trace.indexOf(what));
    expect(places).toEqual(places.toSorted((x, y) => x - y));
    expect(places).not.toContain(-1);
    // The decision is durable before anybody is told.
    expect(trace.lastIndexOf('coordinator committed')).toBeLessThan(trace.indexOf('commit leaves for a'));
    expectCommittedOnce(await ended([]), 'no fault');
  });

  test('ENG-T12 a crash of either side at any step ends in one whole effect and one answer', async () => {
    const count = (await steps()).length;
    expect(count).toBeGreaterThan(16);
    for (let step = 1; step <= count; step++) {
      for (const crash of NAMES) {
        const told = `${crash} crashes at step ${step}`;
        expectCommittedOnce(await ended([{ step, what: { crash } }]), told);
      }
    }
  });

  test('ENG-T12 two crashes, at any two steps', async () => {
    const count = (await steps()).length + 12;
    for (let first = 1; first <= count; first += 2) {
      for (let second = first + 1; second <= count; second += 3) {
        const [one, two] = [NAMES[(first + second) % 3], NAMES[second % 3]];
        if (one === undefined || two === undefined) throw new Error('no such actor');
        const told = `${one} crashes at ${first}, ${two} at ${second}`;
        expectCommittedOnce(
          await ended([
            { step: first, what: { crash: one } },
            { step: second, what: { crash: two } },
          ]),
          told,
        );
      }
    }
  });

  test('ENG-T13 a lost or doubled message changes nothing', async () => {
    const count = (await steps()).length;
    for (let step = 1; step <= count; step++) {
      for (const what of ['lose', 'repeat'] as const)
        expectCommittedOnce(await ended([{ step, what }]), `${what} at step ${step}`);
    }
  });

  test('ENG-T13 a message that comes again after seconds changes nothing, also while another participant cannot be told', async () => {
    const trace = await steps();
    for (const [index, what] of trace.entries()) {
      if (!what.includes('leaves')) continue;
      const late = { step: index + 1, what: 'late' } as const;
      expectCommittedOnce(await ended([late]), `late at step ${late.step}`);
      const decided = trace.indexOf('commit answered by a') + 1;
      const cut = { step: decided, what: { deafen: 'b', ms: 60_000 } } as const;
      expectCommittedOnce(await ended([late, cut]), `late at step ${late.step}, b cannot be told`);
    }
  });

  test('ENG-T16 a participant that hears nothing asks, for as long as it takes, and never decides alone', async () => {
    const trace = await steps();
    for (let step = 1; step <= trace.length; step++) {
      const silent = await ended([{ step, what: { crash: 'coordinator', downMs: 100_000 } }]);
      expectCommittedOnce(silent, `coordinator down from step ${step}`);
      for (const deafen of ['a', 'b'] as const) {
        expectCommittedOnce(
          await ended([{ step, what: { deafen, ms: 40_000 } }]),
          `${deafen} cannot be told from step ${step}`,
        );
      }
    }
  });

  test('ENG-T16 what the coordinator does not know any more was not committed', async () => {
    const trace = await steps(refusing);
    const prepare = trace.indexOf('prepare leaves for a') + 1;
    const world = new TransactionWorld([{ step: prepare, what: 'late' }]);
    // The abort is over and forgotten when the prepare comes again; nothing remembers the fate at the participant.
    world.after(2_000, () => void world.actors.a.sql.exec(`DELETE FROM reply`));
    const outcome = world.client(refusing);
    await world.run(4_000);
    expect(world.leftovers()).toBe(2);
    await world.run(MINUTES);
    expect(await outcome).toMatchObject({ kind: 'refused' });
    expect([world.version('a', 'a1'), world.leftovers()]).toEqual([0, 0]);
  });

  test('ENG-T14 a refusal by one side leaves nothing on the other, whatever crashes', async () => {
    expectNothing(await ended([], refusing), 'no fault');
    const count = (await steps(refusing)).length;
    for (let step = 1; step <= count; step++) {
      for (const crash of NAMES)
        expectNothing(await ended([{ step, what: { crash } }], refusing), `${crash} crashes at step ${step}`);
    }
  });

  test('ENG-T15 transactions over the same keys neither deadlock nor mix', async () => {
    const world = new TransactionWorld();
    const keys = [1, 2, 3];
    const wishes = Array.from({ length: 24 }, (_, n) =>
      transfer(`r${n}`, { from: `a${keys[n % 3] ?? 0}`, to: `b${keys[(n * 2 + 1) % 3] ?? 0}`, by: n + 1 }),
    );
    const answers = Promise.all(wishes.map((wish) => world.client(wish)));
    await world.run(20 * MINUTES);
    const outcomes = await answers;
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(24).fill('committed'));
    const sum = (name: 'a' | 'b') => keys.reduce((total, key) => total + world.count(name, `${name}${key}`), 0);
    expect([sum('a'), sum('b')]).toEqual([-300, 300]);
    expect(keys.reduce((total, key) => total + world.version('a', `a${key}`), 0)).toBe(24);
    expect(world.leftovers()).toBe(0);
  });

  test('ENG-T15 overlapping transactions stay whole when an actor crashes among them', async () => {
    for (let step = 3; step <= 120; step += 9) {
      for (const crash of NAMES) {
        const world = new TransactionWorld([{ step, what: { crash } }]);
        const wishes = Array.from({ length: 6 }, (_, n) =>
          transfer(`r${n}`, { from: 'a1', to: n % 2 === 0 ? 'b1' : 'b2', by: n + 1 }),
        );
        const answers = Promise.all(wishes.map((wish) => world.client(wish)));
        await world.run(20 * MINUTES);
        const told = `${crash} crashes at step ${step}`;
        expect(
          (await answers).map(({ kind }) => kind),
          told,
        ).toEqual(Array(6).fill('committed'));
        expect([world.count('a', 'a1'), world.count('b', 'b1') + world.count('b', 'b2')], told).toEqual([-21, 21]);
        expect([world.version('a', 'a1'), world.leftovers()], told).toEqual([6, 0]);
      }
    }
  });
});
