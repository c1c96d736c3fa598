/**
 * Decides transactions across shards. The log of one attempt is a row: begun → commit or abort → gone. In this order:
 *   1 begin    the attempt and its participants are durable before any of them hears of it
 *   2 prepare  all at once; an attempt that met a held key is made again, shard after shard in one global order, and
 *              only then waits for keys: so no two transactions ever wait for each other
 *   3 decide   commit, with the client's reply, is durable before anybody is told; no row means abort (presumed)
 *   4 tell     first the participant that the others may refer to, then the others, until each has confirmed
 *   5 forget   the row goes; the reply stays for the client's repeats
 * A crash anywhere leaves the row: what was only begun is aborted by the next instance, what was decided is told again.
 */
import { ENVELOPE_VERSION } from './envelope.ts';
import { isLocked } from './key-locks.ts';
import {
  DELIVERY_TIMEOUT_MS,
  RECOVERY_MS,
  RETRY_AFTER_SECONDS,
  ROW_BYTES_MAX,
  TELL_ATTEMPTS,
  TELL_RETRY_MS,
  TRANSACTIONS_MAX,
  VOTE_TIMEOUT_MS,
} from './limits.ts';
import { declinedOutcome, inOrder } from './transaction.ts';
import type {
  Fate,
  Preparation,
  TransactionEnvelope,
  TransactionOutcome,
  TransactionPart,
  Unavailable,
  Vote,
} from './transaction.ts';
import { recallTransaction, rememberTransaction } from './transaction-replies.ts';
import { within } from './within.ts';
import type { ShardState } from './shard-state.ts';
import type { WakeUps } from './wake-ups.ts';

/** The way to the shards, by address. Both may fail or be repeated. */
export interface Participants {
  prepare(target: string, asked: Preparation): Promise<Vote>;
  finish(target: string, id: string, fate: Fate): Promise<void>;
}

const WAKE_UP = 'transactions';

const unavailable = (reason: Unavailable['reason']): Unavailable => ({
  kind: 'unavailable',
  reason,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
});

/** One attempt that is not forgotten yet. */
interface Attempt {
  readonly id: string;
  /** Who is still to be told the fate, or might be. */
  targets: readonly string[];
  /** Null while votes are collected. */
  fate: Fate | null;
  /** The telling under way. */
  telling: Promise<boolean> | null;
}

/** Null: no answer in time, so nobody knows whether the participant has prepared. */
interface Ballot {
  readonly target: string;
  readonly vote: Vote | null;
}

interface Running {
  readonly fingerprint: string;
  readonly outcome: Promise<TransactionOutcome>;
}

export interface CoordinatorOptions {
  /** Class name of the coordinating actor, as in addresses. */
  readonly className: string;
  readonly participants: Participants;
  /** Called when a reply was kept that has to be forgotten some day. */
  remembered(): void;
}

export class Coordinator {
  readonly #shard: ShardState;
  readonly #wakeUps: WakeUps;
  readonly #options: CoordinatorOptions;
  readonly #attempts = new Map<string, Attempt>();
  /** By client and request id: a repeat that arrives meanwhile gets the same outcome. */
  readonly #running = new Map<string, Running>();

  constructor(shard: ShardState, wakeUps: WakeUps, options: CoordinatorOptions) {
    this.#shard = shard;
    this.#wakeUps = wakeUps;
    this.#options = options;
    wakeUps.on(WAKE_UP, () => this.recover());
    for (const { id, stage, targets } of shard.statements.coordinated()) {
      // Whoever collected these votes is gone, so nobody can decide to commit any more.
      if (stage === 'begun') shard.statements.setCoordinated(id, 'abort');
      const fate = stage === 'commit' ? 'commit' : 'abort';
      this.#attempts.set(id, { id, targets: JSON.parse(targets) as string[], fate, telling: null });
    }
    if (this.#attempts.size > 0) shard.ports.defer(() => void this.recover(), 0);
  }

  /** Attempts that are not forgotten yet. */
  get open(): number {
    return this.#attempts.size;
  }

  transact(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const { key, fingerprint } = envelope;
    if (!this.#shard.owns(key)) return Promise.resolve({ kind: 'refused', position: 0, code: 'not-ours' });
    if (this.#shard.closed !== null) return Promise.resolve(unavailable('broken'));
    const running = this.#running.get(key);
    if (running) {
      if (running.fingerprint === fingerprint) return running.outcome;
      return Promise.resolve({ kind: 'refused', position: 0, code: 'request-id-reused' });
    }
    if (this.#running.size >= TRANSACTIONS_MAX) return Promise.resolve(unavailable('overloaded'));
    const outcome = this.#run(envelope).finally(() => this.#running.delete(key));
    this.#running.set(key, { fingerprint, outcome });
    return outcome;
  }

  /** What has become of an attempt, for a participant that asks. What is not known was never committed. */
  fate(id: string): Fate | 'undecided' {
    const attempt = this.#attempts.get(id);
    return attempt ? (attempt.fate ?? 'undecided') : 'abort';
  }

  /** Tells again what was decided and not confirmed. */
  async recover(): Promise<void> {
    const decided = [...this.#attempts.values()].filter(({ fate }) => fate !== null);
    await Promise.all(decided.map((attempt) => this.#tell(attempt)));
    if (this.#attempts.size > 0) this.#wakeUps.ensure(WAKE_UP, this.#shard.clock.now() + RECOVERY_MS);
  }

  async #run(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const known = recallTransaction(this.#shard.statements, envelope);
    if (known) return (await this.#toldAll(envelope.key)) ? known : unavailable('timeout');
    const outcome = await this.#attempt(envelope, false);
    return isLocked(outcome) ? this.#attempt(envelope, true) : outcome;
  }

  async #attempt(envelope: TransactionEnvelope, inTurn: boolean): Promise<TransactionOutcome> {
    const attempt = this.#begin(envelope);
    const ballots = await (inTurn ? this.#askInTurn(envelope, attempt.id) : this.#askAll(envelope, attempt.id));
    const outcome = this.#decide(envelope, attempt, ballots);
    if (outcome.kind === 'committed') return (await this.#tell(attempt)) ? outcome : unavailable('timeout');
    // Who declined, or was not asked, holds nothing.
    attempt.targets = ballots.filter(({ vote }) => vote?.kind !== 'declined').map(({ target }) => target);
    // Nobody waits for the abort of a shard that does not answer: it will ask.
    if (ballots.some(({ vote }) => vote === null)) void this.#tell(attempt);
    else await this.#tell(attempt);
    return outcome;
  }

  #begin({ key, parts }: TransactionEnvelope): Attempt {
    const { statements, ports, clock } = this.#shard;
    const attempt: Attempt = {
      id: `${key}/${ports.newId()}`,
      targets: parts.map(({ target }) => target),
      fate: null,
      telling: null,
    };
    this.#durably(() => {
      statements.insertCoordinated({ id: attempt.id, stage: 'begun', targets: JSON.stringify(attempt.targets) });
      this.#wakeUps.ensure(WAKE_UP, clock.now() + RECOVERY_MS);
    });
    this.#attempts.set(attempt.id, attempt);
    return attempt;
  }

  /** Where a write fails nobody knows whether it is durable: the instance is given up, and the tables alone will say. */
  #durably(write: () => void): void {
    try {
      this.#shard.statements.transaction(write);
    } catch (error) {
      this.#shard.ports.abort('transaction log failed');
      throw error;
    }
  }

  #askAll(envelope: TransactionEnvelope, id: string): Promise<Ballot[]> {
    return Promise.all(envelope.parts.map((part) => this.#ask(envelope, part, { id, waits: false })));
  }

  async #askInTurn(envelope: TransactionEnvelope, id: string): Promise<Ballot[]> {
    const ballots: Ballot[] = [];
    for (const part of envelope.parts.toSorted((a, b) => (a.shard < b.shard ? -1 : 1))) {
      const ballot = await this.#ask(envelope, part, { id, waits: true });
      ballots.push(ballot);
      if (ballot.vote?.kind !== 'prepared') break;
    }
    return ballots;
  }

  async #ask(
    envelope: TransactionEnvelope,
    part: TransactionPart,
    how: { id: string; waits: boolean },
  ): Promise<Ballot> {
    const { ports } = this.#shard;
    const { agent, requestId, fingerprint, key } = envelope;
    const coordinator = `${this.#options.className}/${key}`;
    const asked = { v: ENVELOPE_VERSION, ...how, coordinator, agent, requestId, fingerprint, commands: part.commands };
    try {
      const vote = await within(VOTE_TIMEOUT_MS, this.#options.participants.prepare(part.target, asked), ports);
      return { target: part.target, vote };
    } catch (error) {
      ports.observer.failure('prepare', error);
      return { target: part.target, vote: null };
    }
  }

  #decide(envelope: TransactionEnvelope, attempt: Attempt, ballots: readonly Ballot[]): TransactionOutcome {
    const { statements, ports, clock } = this.#shard;
    let outcome = outcomeOf(envelope, ballots);
    if (outcome.kind === 'committed' && JSON.stringify(outcome.replies).length > ROW_BYTES_MAX) {
      outcome = { kind: 'refused', position: 0, code: 'too-large' };
    }
    const fate = outcome.kind === 'committed' ? 'commit' : 'abort';
    this.#durably(() => {
      statements.setCoordinated(attempt.id, fate);
      if (outcome.kind !== 'committed') return;
      rememberTransaction(statements, envelope, { replies: outcome.replies, now: clock.now() });
      this.#options.remembered();
    });
    attempt.fate = fate;
    ports.observer.count(fate === 'commit' ? 'commitsDecided' : 'abortsDecided');
    return outcome;
  }

  /** True when every participant has confirmed; otherwise the wake-up goes on with it. */
  #tell(attempt: Attempt): Promise<boolean> {
    attempt.telling ??= this.#tellAll(attempt).finally(() => (attempt.telling = null));
    return attempt.telling;
  }

  async #tellAll(attempt: Attempt): Promise<boolean> {
    const { id, targets, fate } = attempt;
    if (fate === null || !this.#attempts.has(id)) return fate !== null;
    const [first, ...others] = targets;
    if (first !== undefined && !(await this.#tellOne(first, id, fate))) return false;
    const told = await Promise.all(others.map((target) => this.#tellOne(target, id, fate)));
    if (told.includes(false)) return false;
    this.#shard.statements.deleteCoordinated(id);
    this.#attempts.delete(id);
    return true;
  }

  async #tellOne(target: string, id: string, fate: Fate): Promise<boolean> {
    const { ports } = this.#shard;
    for (let attempt = 1; ; attempt++) {
      try {
        await within(DELIVERY_TIMEOUT_MS, this.#options.participants.finish(target, id, fate), ports);
        return true;
      } catch (error) {
        ports.observer.failure('tell', error);
        if (attempt === TELL_ATTEMPTS) return false;
      }
      await new Promise<void>((resolve) => void ports.defer(resolve, TELL_RETRY_MS * 2 ** attempt));
    }
  }

  /** Whether all attempts for a request that are decided have been confirmed by all. */
  async #toldAll(key: string): Promise<boolean> {
    const own = [...this.#attempts.values()].filter(({ id }) => id.startsWith(`${key}/`));
    const told = await Promise.all(own.map((attempt) => this.#tell(attempt)));
    return !told.includes(false);
  }
}

/** Unanimous votes commit. Of several refusals the first in the client's list is told; a refusal before a silence. */
function outcomeOf(envelope: TransactionEnvelope, ballots: readonly Ballot[]): TransactionOutcome {
  const votes = ballots.map(({ vote }) => vote);
  const declined = votes.filter((vote) => vote?.kind === 'declined').toSorted((a, b) => a.position - b.position);
  const refusal = declined.find(({ why }) => why.kind === 'refused') ?? declined[0];
  if (refusal) return declinedOutcome(refusal);
  if (votes.length < envelope.parts.length || votes.includes(null)) return unavailable('timeout');
  return {
    kind: 'committed',
    replies: inOrder(votes.flatMap((vote) => (vote?.kind === 'prepared' ? vote.replies : []))),
  };
}
