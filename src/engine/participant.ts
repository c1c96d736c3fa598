/**
 * A shard's side of transactions. To prepare is to decide every command purely, keep what was decided in a row of its
 * own and hold the keys; to commit is to stage exactly that; to abort is to let go. Each is idempotent by transaction
 * id, and the fate of a finished transaction is remembered, so that no message can come too late or too often.
 *
 * A participant that has prepared never decides alone: when nobody tells it, it asks the coordinator, for as long as
 * it takes. A transaction whose every record is in this shard needs none of that and is one commit.
 */
import { ENVELOPE_VERSION } from './envelope.ts';
import type { CommandEnvelope } from './envelope.ts';
import type { GroupCommit, Turn } from './group-commit.ts';
import { refusedFact } from './journal.ts';
import { isLocked } from './key-locks.ts';
import {
  ASK_AGAIN_MAX_MS,
  ASK_AGAIN_MS,
  DELIVERY_TIMEOUT_MS,
  HOLD_MS,
  LOCK_WAIT_MS,
  REPLY_RETENTION_MS,
  ROW_BYTES_MAX,
} from './limits.ts';
import { decideCommand, stageChange } from './submit.ts';
import type { Change, Effects } from './submit.ts';
import { declinedOutcome, inOrder } from './transaction.ts';
import type {
  Fate,
  PositionedReply,
  Preparation,
  TransactionCommand,
  TransactionEnvelope,
  TransactionOutcome,
  Vote,
} from './transaction.ts';
import { recallTransaction, rememberTransaction } from './transaction-replies.ts';
import { within } from './within.ts';
import type { ShardState } from './shard-state.ts';
import type { WakeUps } from './wake-ups.ts';

const WAKE_UP = 'prepared';

/** What is decided and not yet told its fate. */
interface Promised {
  readonly coordinator: string;
  readonly changes: readonly Change[];
  readonly replies: readonly PositionedReply[];
  /** When to ask next, and how often it was asked in vain. */
  ask: number;
  asked: number;
}

type Asked = Pick<Preparation, 'agent' | 'requestId' | 'fingerprint' | 'commands'>;
type Decided = {
  readonly kind: 'decided';
  readonly changes: readonly Change[];
  readonly replies: readonly PositionedReply[];
};

const fateKey = (id: string): string => `transaction\n${id}`;
const keysOf = (commands: readonly TransactionCommand[]): string[] => [...new Set(commands.map(({ key }) => key))];

export class Participant {
  readonly #shard: ShardState;
  readonly #wakeUps: WakeUps;
  readonly #commit: GroupCommit;
  readonly #effects: Effects;
  readonly #promised = new Map<string, Promised>();
  #asking: Promise<void> | null = null;
  #timerSet = false;

  constructor(shard: ShardState, parts: { wakeUps: WakeUps; commit: GroupCommit; effects: Effects }) {
    this.#shard = shard;
    this.#wakeUps = parts.wakeUps;
    this.#commit = parts.commit;
    this.#effects = parts.effects;
    this.#wakeUps.on(WAKE_UP, () => this.ask());
    for (const { id, coordinator, deadline, part } of shard.statements.prepared()) {
      const { keys, ...promised } = JSON.parse(part) as Pick<Promised, 'changes' | 'replies'> & { keys: string[] };
      this.#promised.set(id, { ...promised, coordinator, ask: deadline, asked: 0 });
      shard.locks.hold(id, keys);
    }
    this.#arm();
  }

  /** Transactions that wait for their fate. */
  get waiting(): number {
    return this.#promised.size;
  }

  async prepare(asked: Preparation): Promise<Vote> {
    const bytes = JSON.stringify(asked.commands).length;
    for (;;) {
      const vote = await this.#commit.enqueue<Vote>({ writes: true, bytes, run: (turn) => this.#prepare(asked, turn) });
      if (vote.kind === 'unavailable')
        return { kind: 'declined', position: asked.commands[0]?.position ?? 0, why: vote };
      const held = asked.waits && vote.kind === 'declined' && isLocked(vote.why);
      if (!held || !(await this.#freed(asked.commands))) return vote;
    }
  }

  /** Carries out what the coordinator decided; a repeat has no effect. */
  async finish(id: string, fate: Fate): Promise<void> {
    const answer = await this.#commit.enqueue({
      writes: true,
      bytes: 0,
      promised: true,
      run: (turn) => this.#finish(id, fate, turn),
    });
    if (answer !== undefined) throw new Error('fate not admitted');
  }

  /** A transaction within this shard: all of it in one commit, or none of it. */
  async together(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const commands = envelope.parts.flatMap((part) => part.commands);
    const bytes = JSON.stringify(commands).length;
    for (;;) {
      const outcome = await this.#commit.enqueue<TransactionOutcome>({
        writes: true,
        bytes,
        run: (turn) => this.#together(envelope, commands, turn),
      });
      if (!isLocked(outcome) || !(await this.#freed(commands))) return outcome;
    }
  }

  /** Asks for every fate that is overdue. */
  ask(): Promise<void> {
    this.#asking ??= this.#askOverdue().finally(() => {
      this.#asking = null;
      this.#arm();
    });
    return this.#asking;
  }

  #freed(commands: readonly TransactionCommand[]): Promise<boolean> {
    return this.#shard.locks.freed(keysOf(commands), LOCK_WAIT_MS, this.#shard.ports);
  }

  #prepare(asked: Preparation, turn: Turn): Vote {
    const { id, coordinator } = asked;
    const known = this.#promised.get(id);
    if (known) return { kind: 'prepared', replies: known.replies };
    const [first] = asked.commands;
    const position = first?.position ?? 0;
    if (this.#shard.statements.reply(fateKey(id)))
      return { kind: 'declined', position, why: { kind: 'refused', code: 'not-ours' } };
    const decided = this.#decide(asked, turn);
    if (decided.kind === 'declined') return decided;
    const { changes, replies } = decided;
    const keys = keysOf(asked.commands);
    const plain = changes.map(({ state: _state, ...change }) => change);
    const part = JSON.stringify({ keys, changes: plain, replies });
    if (part.length > ROW_BYTES_MAX) return { kind: 'declined', position, why: { kind: 'refused', code: 'too-large' } };
    const deadline = turn.now + HOLD_MS;
    this.#shard.statements.insertPrepared({ id, coordinator, deadline, part });
    this.#promised.set(id, { coordinator, changes, replies, ask: deadline, asked: 0 });
    this.#shard.locks.hold(id, keys);
    this.#arm();
    return { kind: 'prepared', replies };
  }

  #finish(id: string, fate: Fate, turn: Turn): void {
    const promised = this.#promised.get(id);
    const { statements } = this.#shard;
    if (promised && fate === 'commit') {
      for (const change of promised.changes)
        stageChange(this.#shard, { change, now: turn.now, transaction: id }, this.#effects);
    }
    // Who is told to commit what it does not hold has committed it: promises are not lost. An abort may overtake its
    // prepare, so it is remembered either way.
    if ((promised || fate === 'abort') && !statements.reply(fateKey(id))) {
      const expires = turn.now + REPLY_RETENTION_MS;
      statements.insertReply(fateKey(id), {
        fingerprint: fate,
        seq: 0,
        version: 0,
        body: '',
        attributes: null,
        expires,
      });
      this.#effects.remembered();
    }
    if (!promised) return;
    statements.deletePrepared(id);
    this.#promised.delete(id);
    this.#shard.locks.release(id);
    this.#shard.ports.observer.count(fate === 'commit' ? 'transactionsCommitted' : 'transactionsAborted');
  }

  #together(envelope: TransactionEnvelope, commands: readonly TransactionCommand[], turn: Turn): TransactionOutcome {
    const known = recallTransaction(this.#shard.statements, envelope);
    if (known) return known;
    const decided = this.#decide({ ...envelope, commands }, turn);
    if (decided.kind === 'declined') return declinedOutcome(decided);
    for (const change of decided.changes) stageChange(this.#shard, { change, now: turn.now }, this.#effects);
    const replies = inOrder(decided.replies);
    rememberTransaction(this.#shard.statements, envelope, { replies, now: turn.now });
    this.#effects.remembered();
    return { kind: 'committed', replies };
  }

  /** Every command against the state as it is: each record is changed once, so none sees another's change. */
  #decide(asked: Asked, turn: Turn): Decided | Extract<Vote, { kind: 'declined' }> {
    const { agent, requestId, fingerprint } = asked;
    const changes: Change[] = [];
    const replies: PositionedReply[] = [];
    const changed = new Set<string>();
    for (const { position, ...wish } of asked.commands) {
      const name = `${wish.kind}/${wish.key}`;
      if (changed.has(name)) throw new Error('a transaction changes a record once');
      changed.add(name);
      const envelope: CommandEnvelope = { v: ENVELOPE_VERSION, ...wish, agent, requestId, fingerprint };
      const verdict = decideCommand(this.#shard, envelope, turn.now);
      if (verdict.kind === 'change') {
        changes.push(verdict.change);
        const { version, reply } = verdict.change;
        replies.push({ position, effect: 'accepted', version, ...reply });
      } else if (verdict.kind === 'replied') {
        const { version, body, attributes } = verdict;
        replies.push({ position, effect: 'unchanged', version, body, ...(attributes ? { attributes } : {}) });
      } else {
        if (verdict.kind === 'refused') turn.accesses.push(refusedFact(envelope, verdict.code));
        // A decision never moves; the type of outcomes alone says that it could.
        return {
          kind: 'declined',
          position,
          why: verdict.kind === 'moved' ? { kind: 'refused', code: 'not-ours' } : verdict,
        };
      }
    }
    return { kind: 'decided', changes, replies };
  }

  async #askOverdue(): Promise<void> {
    const now = this.#shard.clock.now();
    const overdue = [...this.#promised].filter(([, promised]) => promised.ask <= now);
    await Promise.all(overdue.map(([id, promised]) => this.#askFor(id, promised)));
  }

  async #askFor(id: string, promised: Promised): Promise<void> {
    const { ports, clock } = this.#shard;
    try {
      if (!ports.askFate) throw new Error('no way to a coordinator');
      const fate = await within(DELIVERY_TIMEOUT_MS, ports.askFate(promised.coordinator, id), ports);
      if (fate !== 'undecided') return await this.finish(id, fate);
    } catch (error) {
      ports.observer.failure('fate', error);
    }
    promised.ask = clock.now() + Math.min(ASK_AGAIN_MAX_MS, ASK_AGAIN_MS * 2 ** promised.asked);
    promised.asked += 1;
  }

  /** A timer for the living instance, the alarm under it for the next one. */
  #arm(): void {
    if (this.#promised.size === 0) return;
    const next = Math.min(...[...this.#promised.values()].map(({ ask }) => ask));
    this.#wakeUps.ensure(WAKE_UP, next);
    if (this.#timerSet) return;
    this.#timerSet = true;
    const left = Math.max(0, next - this.#shard.clock.now());
    this.#shard.ports.defer(() => {
      this.#timerSet = false;
      void this.ask();
    }, left);
  }
}
