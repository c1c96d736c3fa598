/** A dispenser's queue behind the door: what is offered, to whom, for how long; over real engines on virtual time. */
import { describe, expect, test } from 'vitest';
import type { Release } from '../../../src/domain/eps/commands.ts';
import { facts } from '../../domain/eps/life.ts';
import { Client } from '../../simulation/prescriptions/client.ts';
import { AGENT } from '../../support/prescription-actor.ts';
import { PrescriptionWorld } from '../../support/prescription-world.ts';

const ODS = 'FA565';
const MINUTE = 60_000;
const NHS = '9000000009';

class Pharmacy {
  readonly world = new PrescriptionWorld();
  readonly door = this.world.door();

  /** Runs the world until the work is done. */
  async pumped<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const ended = work.finally(() => (over = true));
    ended.catch(() => undefined);
    await this.world.run(5 * MINUTE, () => over);
    return ended;
  }

  async order(id: string): Promise<void> {
    const { time } = this.world;
    const order = facts({ messageId: `order-${id}`, nhsNumber: NHS, signedAt: time, effectiveAt: time });
    const options = { agent: AGENT, requestId: `order-${id}`, waitMs: 5_000 };
    const work = { kind: 'order', id, order, text: '{}' } as const;
    expect(await this.pumped(this.door.call({ nhsNumber: NHS, work }, options))).toMatchObject({ kind: 'done' });
    await this.world.run(50);
  }

  async pull(name: string, limit = 25) {
    const found = await this.pumped(this.door.pull(ODS, `${name}/0`, { agent: AGENT, release: name, limit }));
    return 'kind' in found ? expect.unreachable(found.reason) : found;
  }

  act(id: string, command: Release, requestId: string) {
    const options = { agent: AGENT, requestId, waitMs: 5_000 };
    const work = { kind: 'act', id, command, withOrder: false } as const;
    return this.pumped(this.door.call({ nhsNumber: NHS, work }, options));
  }

  settle(name: string, ...ids: readonly string[]) {
    return this.pumped(this.door.settlePull(ODS, `${name}/0`, { agent: AGENT, ids }));
  }
}

const ids = (candidates: readonly { readonly id: string }[]): readonly string[] => candidates.map(({ id }) => id);
const named = (n: number): string => `24F5${String(n).padStart(2, '0')}-A83008-7EFE6`;
const release = (releaseId: string, by: Release['by'], again: readonly string[] = []): Release => ({
  name: 'release',
  by,
  releaseId,
  dispenser: { ods: by === 'id' ? 'FH542' : ODS },
  again,
});

describe('queues', () => {
  test('EPS-Q06 what could not be looked at is not told as nothing: the same release brings it', async () => {
    const pharmacy = new Pharmacy();
    const client = new Client(pharmacy.world);
    const answers = async () => {
      await client.order(0);
      await client.pause(2_000);
      for (const shard of ['patient-0', 'patient-1'] as const)
        pharmacy.world.actors[shard].deafUntil = pharmacy.world.time + 3_000;
      await client.pull('release');
      return client.holders(0);
    };
    expect(await pharmacy.pumped(answers())).toEqual([ODS]);
  });

  test('EPS-Q02 a pull brings the oldest first, and no more than it may', async () => {
    const pharmacy = new Pharmacy();
    for (let n = 0; n < 30; n++) {
      await pharmacy.order(named(n));
      await pharmacy.world.run(5);
    }
    expect(ids(await pharmacy.pull('p1'))).toEqual(Array.from({ length: 25 }, (_, n) => named(n)));
    expect(ids(await pharmacy.pull('p2'))).toEqual([25, 26, 27, 28, 29].map(named));
    expect(await pharmacy.pull('p3')).toEqual([]);
  });

  test('EPS-Q04 the same pull again is offered the same, whatever has happened since', async () => {
    const pharmacy = new Pharmacy();
    await pharmacy.order(named(1));
    const first = await pharmacy.pull('p1');
    await pharmacy.settle('p1', named(1));
    await pharmacy.order(named(2));
    expect(await pharmacy.pull('p1')).toEqual(first);
    expect(ids(await pharmacy.pull('p2'))).toEqual([named(2)]);
  });

  test('EPS-Q03 what is not settled is offered again after a minute, with the releases that may have taken it', async () => {
    const pharmacy = new Pharmacy();
    await pharmacy.order(named(1));
    expect(await pharmacy.pull('p1')).toEqual([{ id: named(1), nhsNumber: NHS, again: [] }]);
    expect(await pharmacy.act(named(1), release('p1', 'nomination'), 'p1')).toMatchObject({ kind: 'done' });
    await pharmacy.world.run(MINUTE - 1_000);
    expect(await pharmacy.pull('p2')).toEqual([]);
    await pharmacy.world.run(2_000);
    expect(await pharmacy.pull('p3')).toEqual([{ id: named(1), nhsNumber: NHS, again: ['p1'] }]);
    expect(await pharmacy.act(named(1), release('p3', 'nomination', ['p1']), 'p3')).toMatchObject({ kind: 'done' });
    // The first release has nothing to repeat any more: what it took was handed to the third.
    expect(await pharmacy.act(named(1), release('p1', 'nomination'), 'p1')).toMatchObject({ kind: 'refused' });
    await pharmacy.settle('p3', named(1));
    await pharmacy.world.run(10 * MINUTE);
    expect(await pharmacy.pull('p4')).toEqual([]);
  });

  test('EPS-Q05 what leaves the queue is offered no more; what comes anew meanwhile stays', async () => {
    const pharmacy = new Pharmacy();
    await pharmacy.order(named(1));
    await pharmacy.act(named(1), release('other', 'id'), 'other');
    await pharmacy.world.run(100);
    expect(await pharmacy.pull('p1')).toEqual([]);
    await pharmacy.order(named(2));
    await pharmacy.pull('p2');
    // The next issue of the same prescription comes while the last one is still being handed out.
    const { engine } = pharmacy.world.actors.organization.instance;
    const payload = JSON.stringify({ ods: ODS, id: named(2), nhsNumber: NHS, at: pharmacy.world.time });
    const delivery = { v: 1, stream: 'patient-shard/0/again', epoch: 1, sequence: 1, type: 'enqueue', payload };
    await pharmacy.pumped(engine.deliver(delivery));
    await pharmacy.settle('p2', named(2));
    expect(ids(await pharmacy.pull('p3'))).toEqual([named(2)]);
  });
});
