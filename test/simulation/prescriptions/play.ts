/** What a play is: acts of clients in one world, and what must be true of the world and of every answer afterwards. */
import type { Prescription } from '../../../src/domain/eps/prescription-state.ts';
import { PrescriptionWorld } from '../../support/prescription-world.ts';
import type { Fault } from '../../support/prescription-world.ts';
import { Broken } from './broken.ts';
import { Client } from './client.ts';
import { checkInvariants } from './invariants.ts';
import { shortStem } from './messages.ts';

const MINUTE = 60_000;
const PLAY_MS = 40 * 24 * 60 * MINUTE;
/** Longer than any retry of a delivery that a single crash or two can cause. */
const REST_MS = 10 * MINUTE;

/** The world after a play has come to rest. */
export class Ended {
  readonly client: Client;
  readonly world: PrescriptionWorld;
  readonly faults: readonly Fault[];

  constructor(client: Client, world: PrescriptionWorld, faults: readonly Fault[]) {
    this.client = client;
    this.world = world;
    this.faults = faults;
  }

  stored(n: number): Prescription | undefined {
    return this.world.stored().find(({ id }) => id === shortStem(n));
  }

  /** Status and items of each issue. */
  issues(n: number): readonly string[] {
    const issues = this.stored(n)?.issues ?? [];
    return issues.map(({ items, status }) => `${status} ${items.map((item) => item.status).join()}`);
  }
}

export interface Play {
  readonly name: string;
  /** The rule that it shows. */
  readonly rule: string;
  /** Plays once and judges; what was broken is thrown. The answer: every step, and a word for how it ended. */
  readonly run: (faults: readonly Fault[]) => Promise<{ readonly trace: readonly string[]; readonly outcome: string }>;
}

export interface Script<T> {
  readonly rule: string;
  readonly act: (client: Client) => Promise<T>;
  /** What holds for this play beside the invariants; the answer is a word for how it ended. */
  readonly judge: (seen: T, ended: Ended) => string;
}

export const play = <T>(name: string, { act, judge, rule }: Script<T>): Play => ({
  name,
  rule,
  run: async (faults) => {
    const world = new PrescriptionWorld(faults);
    try {
      const client = new Client(world);
      let over = false;
      const playing = act(client).finally(() => (over = true));
      playing.catch(() => undefined);
      await world.run(PLAY_MS, () => over);
      if (!over) throw new Broken('everybody is answered', `stuck after ${world.trace.length} steps`);
      const seen = await playing;
      await rest(world);
      const ended = new Ended(client, world, faults);
      checkInvariants(ended);
      return { trace: world.trace, outcome: judge(seen, ended) };
    } finally {
      world.close();
    }
  },
});

/** A crashed instance goes on with its next start, which any request brings. */
async function rest(world: PrescriptionWorld): Promise<void> {
  world.wake();
  await world.run(REST_MS);
  world.wake();
  await world.run(REST_MS);
}
