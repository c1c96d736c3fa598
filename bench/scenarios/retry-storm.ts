/**
 * Clients that doubt: of the changes, 30 % are sent twice with the same X-Request-ID, half of these while the first is
 * still under way. Both replies must be equal to the byte, and the record may move by one version only.
 */
import type { Reply } from '../generator/response-parser.ts';
import type { Random } from '../random.ts';
import type { KnownPatient } from './patient-book.ts';
import { PdsOperations } from './pds-operations.ts';
import type { PatchExchange } from './pds-writes.ts';
import {
  errorOf,
  type Exchange,
  NO_REPLY,
  OK,
  type Scenario,
  type ScenarioSettings,
  type Verdict,
} from './scenario.ts';

export const REPEATED_SHARE = 30;
/** Percent of all changes; the rest of the repeated ones wait for the first reply. */
export const REPEATED_AT_ONCE_SHARE = 15;

export function retryStorm({ population }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(population);
  const repeats: Exchange[] = [];
  return {
    name: 'retry-storm',
    setup: (preparation) => pds.prepare(preparation),
    next(random) {
      const repeat = repeats.shift();
      if (repeat !== undefined) return repeat;
      const owned = pds.ownedWrite(random);
      return 'write' in owned ? firstOf(owned.patient, owned.write, { random, repeats }) : owned;
    },
  };
}

interface Storm {
  readonly random: Random;
  readonly repeats: Exchange[];
}

function firstOf(patient: KnownPatient, write: PatchExchange, { random, repeats }: Storm): Exchange {
  const draw = random.next() * 100;
  if (draw >= REPEATED_SHARE) return single(patient, write);
  const pair = new Pair(patient, write);
  const atOnce = draw < REPEATED_AT_ONCE_SHARE;
  if (atOnce) repeats.push(pair.exchange('REPEAT'));
  return pair.exchange('PATCH', () => {
    if (!atOnce) repeats.push(pair.exchange('REPEAT'));
  });
}

function single(patient: KnownPatient, write: PatchExchange): Exchange {
  return {
    operation: 'PATCH',
    request: write.request,
    check(reply) {
      patient.owned = false;
      return write.settle(reply);
    },
  };
}

/** The two sendings of one change; whichever reply comes second is compared and frees the patient. */
class Pair {
  readonly #patient: KnownPatient;
  readonly #write: PatchExchange;
  #first: Reply | null = null;
  #settled = 0;

  constructor(patient: KnownPatient, write: PatchExchange) {
    this.#patient = patient;
    this.#write = write;
  }

  exchange(operation: string, afterwards: () => void = () => undefined): Exchange {
    const request = { ...this.#write.request, keepBody: true };
    return {
      operation,
      request,
      check: (reply) => {
        const verdict = this.#check(reply);
        afterwards();
        return verdict;
      },
    };
  }

  #check(reply: Reply | null): Verdict {
    this.#settled++;
    if (this.#settled === 2) this.#patient.owned = false;
    if (reply === null || reply.status !== 200) {
      this.#patient.stale = true;
      return reply === null ? NO_REPLY : errorOf(reply);
    }
    if (this.#first === null) {
      this.#first = reply;
      return this.#write.settle(reply);
    }
    return sameReply(this.#first, reply) ? OK : { kind: 'broken', code: 'REPEAT_ANSWERED_DIFFERENTLY' };
  }
}

function sameReply(first: Reply, second: Reply): boolean {
  if (first.body === null || second.body === null) return false;
  return first.etag === second.etag && first.body.equals(second.body);
}
