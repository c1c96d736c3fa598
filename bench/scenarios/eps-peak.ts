/**
 * Monday morning: pharmacies call for what waits in their queues while orders keep coming. One call in eight is a
 * nominated release, half of which go to a few busy pharmacies; the others prepare and place orders.
 */
import { populationNumbers } from '../population.ts';
import { pick } from '../random.ts';
import type { Random } from '../random.ts';
import { order, prepare } from './eps-lifecycle.ts';
import { needTrust, newRx, orderRequest, releasedIds, releaseRequest } from './eps-messages.ts';
import { newSigner } from './eps-signer.ts';
import type { Digest, Rx } from './eps-messages.ts';
import { errorOf, type Exchange, NO_REPLY, type Scenario, type ScenarioSettings } from './scenario.ts';

const BUSY = Array.from({ length: 4 }, (_, n) => `FC${String(n).padStart(3, '0')}`);
const OTHERS = Array.from({ length: 60 }, (_, n) => `FD${String(n).padStart(3, '0')}`);
const RELEASE_EVERY = 8;
const BATCH = 25;

const pharmacy = (random: Random): string => pick(random, random.next() < 0.5 ? BUSY : OTHERS);

export function epsPeak({ population }: ScenarioSettings): Scenario {
  const numbers = populationNumbers(population);
  const signer = newSigner();
  const prepared: (readonly [Rx, Digest])[] = [];
  const handedOut = new Set<string>();
  let turn = 0;
  return {
    name: 'eps-peak',
    setup: (preparation) => needTrust(preparation, signer),
    next(random) {
      turn += 1;
      if (turn % RELEASE_EVERY === 0) return pull(pharmacy(random), handedOut);
      const signable = prepared.pop();
      if (signable === undefined) return prepare(newRx(pick(random, numbers), pharmacy(random)), prepared);
      return order(orderRequest(...signable, signer));
    },
  };
}

function pull(ods: string, handedOut: Set<string>): Exchange {
  return {
    operation: 'NOMINATED_RELEASE',
    request: releaseRequest(ods, null),
    check(reply) {
      if (reply === null) return NO_REPLY;
      if (reply.status !== 200) return errorOf(reply);
      const ids = releasedIds(reply.body);
      if (ids === null) return { kind: 'broken', code: 'GOOD_SIGNATURE_REFUSED' };
      if (ids.size > BATCH) return { kind: 'broken', code: 'MORE_THAN_25' };
      for (const id of ids) {
        if (handedOut.has(id)) return { kind: 'broken', code: 'HANDED_OUT_TWICE' };
        handedOut.add(id);
      }
      return { kind: 'ok', as: ids.size === 0 ? 'RELEASE_EMPTY' : 'NOMINATED_RELEASE' };
    },
  };
}
