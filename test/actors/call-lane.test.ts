import { describe, expect, test } from 'vitest';
import { CallLane } from '../../src/actors/call-lane.ts';
import { APPOINTED_LOST_MS, CARRIER_LOST_MS, GROUP_BYTES_MAX, GROUP_MAX } from '../../src/actors/limits.ts';
import { GROUP_SPACING_MS, WAITING_MAX } from '../../src/actors/limits.ts';

/** A lane whose time, timers and shard are in the test's hand. */
class World {
  now = 1_000_000;
  readonly groups: { calls: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  readonly timers: { at: number; work(): void }[] = [];
  carriers = 0;
  readonly lane = new CallLane<number, string>(
    (calls) =>
      new Promise((resolve, reject) => {
        this.groups.push({ calls, answer: () => resolve(calls.map((call) => `${call}!`)), fail: reject });
      }),
    {
      now: () => this.now,
      after: (milliseconds, work) => void this.timers.push({ at: this.now + milliseconds, work }),
      keep: () => void this.carriers++,
    },
  );

  ask(call: number, { bytes = 0, until = Infinity } = {}): Promise<string> {
    return this.lane.ask({ call, bytes, until }) ?? Promise.resolve('full');
  }

  askAll(...calls: readonly number[]): Promise<string>[] {
    return calls.map((call) => this.ask(call));
  }

  get sent(): (readonly number[])[] {
    return this.groups.map(({ calls }) => calls);
  }

  async answer(group: number): Promise<void> {
    this.groups[group]?.answer();
    await settled();
  }

  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    for (const { at, work } of this.timers.splice(0)) {
      if (at <= this.now) work();
      else this.timers.push({ at, work });
    }
    await settled();
  }
}

const settled = (): Promise<void> => scheduler.wait(1);

describe('calls of many requests to one shard', () => {
  test('ENG-E01 a lone call is sent at once, what comes meanwhile together', async () => {
    const world = new World();
    const answers = world.askAll(1, 2, 3);
    expect(world.sent).toEqual([[1]]);
    await world.answer(0);
    expect(world.sent).toEqual([[1], [2, 3]]);
    await world.answer(1);
    expect(await Promise.all(answers)).toEqual(['1!', '2!', '3!']);
  });

  test('ENG-E02 after a group of three the next waits for three, or for the spacing', async () => {
    const world = new World();
    void world.askAll(1, 2, 3, 4);
    await world.answer(0);
    await world.answer(1);
    void world.askAll(5, 6);
    await settled();
    expect(world.sent).toHaveLength(2);
    void world.ask(7);
    await settled();
    expect(world.sent.at(-1)).toEqual([5, 6, 7]);
    await world.answer(2);
    void world.ask(8);
    await world.pass(GROUP_SPACING_MS);
    expect(world.sent.at(-1)).toEqual([8]);
  });

  test('ENG-E03 a failing group fails its own calls alone', async () => {
    const world = new World();
    const answers = world.askAll(1, 2);
    world.groups[0]?.fail(new Error('reset'));
    await expect(answers[0]).rejects.toThrow('reset');
    await settled();
    await world.answer(1);
    expect(await answers[1]).toBe('2!');
  });

  test('ENG-E04 groups and waiting calls are bounded', async () => {
    const world = new World();
    void world.ask(0);
    void world.askAll(...Array.from({ length: WAITING_MAX }, (_, index) => index + 1));
    expect(await world.ask(-1)).toBe('full');
    await world.answer(0);
    expect(world.sent[1]).toHaveLength(GROUP_MAX);
  });

  test('ENG-E04 a call larger than the rest of a group waits for the next', async () => {
    const world = new World();
    void world.ask(0);
    for (const call of [1, 2, 3]) void world.ask(call, { bytes: GROUP_BYTES_MAX / 2 });
    await world.answer(0);
    expect(world.sent[1]).toEqual([1, 2]);
  });

  test('ENG-E05 a carrier that fell silent is replaced', async () => {
    const world = new World();
    void world.ask(1);
    const waiting = world.ask(2);
    expect(world.carriers).toBe(1);
    world.now += CARRIER_LOST_MS + 1;
    const later = world.ask(3);
    expect(world.carriers).toBe(2);
    expect(world.sent).toEqual([[1], [2, 3]]);
    await world.answer(1);
    expect([await waiting, await later]).toEqual(['2!', '3!']);
    // The old one answers after all and must not carry beside the new one.
    await world.answer(0);
    expect(world.sent).toHaveLength(2);
  });

  test('ENG-E08 who has its answer carries for nobody: the oldest that waits carries the next group', async () => {
    const world = new World();
    void world.ask(1);
    void world.askAll(2, 3);
    expect(world.carriers).toBe(1);
    await world.answer(0);
    expect([world.sent.at(-1), world.carriers]).toEqual([[2, 3], 2]);
    void world.ask(4, { until: world.now });
    void world.ask(5);
    await world.answer(1);
    await world.pass(GROUP_SPACING_MS);
    // Nobody waits for 4 any more, so nobody may be there to carry.
    expect([world.sent.at(-1), world.carriers]).toEqual([[5], 3]);
  });

  test.each(['the next arrival', 'who has waited long'])(
    'ENG-E05 a carrier that never sends is replaced by %s',
    async (by) => {
      const world = new World();
      void world.askAll(1, 2, 3);
      await world.answer(0);
      await world.answer(1);
      const answers = [world.ask(4)];
      world.timers.length = 0;
      world.lane.rescue();
      expect(world.sent).toHaveLength(2);
      world.now += APPOINTED_LOST_MS + 1;
      if (by === 'the next arrival') answers.push(world.ask(5));
      else world.lane.rescue();
      await world.answer(2);
      expect(await Promise.all(answers)).toEqual(by === 'the next arrival' ? ['4!', '5!'] : ['4!']);
    },
  );

  test('ENG-E06 what nobody waits for is not sent', async () => {
    const world = new World();
    void world.ask(1);
    void world.ask(2, { until: world.now + 5 });
    const third = world.ask(3);
    world.now += 10;
    await world.answer(0);
    expect(world.sent).toEqual([[1], [3]]);
    await world.answer(1);
    expect(await third).toBe('3!');
  });
});
