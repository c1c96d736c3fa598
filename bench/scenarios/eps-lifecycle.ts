/**
 * Whole lives of prescriptions: prepared, signed and ordered, released by id with the signature verified, dispensed,
 * claimed. Each reply makes the next step possible; CLAIM counts the complete lives.
 */
import { populationNumbers } from '../population.ts';
import { pick } from '../random.ts';
import {
  claimRequest,
  digestIn,
  dispenseRequest,
  needTrust,
  newRx,
  orderRequest,
  prepareRequest,
  releasedIds,
  releaseRequest,
} from './eps-messages.ts';
import { newSigner } from './eps-signer.ts';
import type { Digest, Rx } from './eps-messages.ts';
import {
  errorOf,
  type Exchange,
  NO_REPLY,
  OK,
  type Scenario,
  type ScenarioSettings,
  type Verdict,
} from './scenario.ts';
import type { Reply } from '../generator/response-parser.ts';

const PHARMACIES = Array.from({ length: 40 }, (_, n) => `FB${String(n).padStart(3, '0')}`);

export function epsLifecycle({ population }: ScenarioSettings): Scenario {
  const numbers = populationNumbers(population);
  const signer = newSigner();
  /** What the replies made possible, the furthest steps first, so that lives are ended before others begin. */
  const prepared: (readonly [Rx, Digest])[] = [];
  const ordered: Rx[] = [];
  const released: Rx[] = [];
  const dispensed: Rx[] = [];
  return {
    name: 'eps-lifecycle',
    setup: (preparation) => needTrust(preparation, signer),
    next(random) {
      const claimable = dispensed.pop();
      if (claimable) return step('CLAIM', claimRequest(claimable), () => OK);
      const held = released.pop();
      if (held) return step('DISPENSE', dispenseRequest(held), () => (dispensed.push(held), OK));
      const waiting = ordered.pop();
      if (waiting) return release(waiting, released);
      const signable = prepared.pop();
      if (signable) {
        const [rx, digest] = signable;
        return order(orderRequest(rx, digest, signer), () => void ordered.push(rx));
      }
      return prepare(newRx(pick(random, numbers), pick(random, PHARMACIES)), prepared);
    },
  };
}

function step(operation: string, request: Exchange['request'], taken: (reply: Reply) => Verdict): Exchange {
  return {
    operation,
    request,
    check: (reply) => (reply === null ? NO_REPLY : reply.status === 200 ? taken(reply) : errorOf(reply)),
  };
}

/** Some of the population are dead, and nothing is ordered for them. */
export const order = (request: Exchange['request'], taken: () => void = () => undefined): Exchange => ({
  operation: 'ORDER',
  request,
  check(reply) {
    if (reply === null) return NO_REPLY;
    if (reply.status === 200) {
      taken();
      return OK;
    }
    const dead = reply.body?.includes('PATIENT_DECEASED') === true;
    return dead ? { kind: 'ok', as: 'ORDER_FOR_THE_DEAD' } : errorOf(reply);
  },
});

export function prepare(rx: Rx, prepared: (readonly [Rx, Digest])[]): Exchange {
  return step('PREPARE', prepareRequest(rx), ({ body }) => {
    const digest = digestIn(body);
    if (digest === null) return { kind: 'broken', code: 'NO_DIGEST' };
    prepared.push([rx, digest]);
    return OK;
  });
}

function release(rx: Rx, released: Rx[]): Exchange {
  return step('RELEASE', releaseRequest(rx.pharmacy, rx.shortId), ({ body }) => {
    const ids = releasedIds(body);
    if (ids === null) return { kind: 'broken', code: 'GOOD_SIGNATURE_REFUSED' };
    if (!ids.has(rx.shortId)) return { kind: 'broken', code: 'ORDERED_PRESCRIPTION_NOT_RELEASED' };
    released.push(rx);
    return OK;
  });
}
