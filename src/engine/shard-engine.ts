/**
 * The engine of one shard: admits operations, commits them in groups, and carries what was committed outward. Holds no
 * platform word, so the simulator runs it as it is; `shard-actor.ts` is its Durable Object.
 */
import type { Priority } from './admission.ts';
import { answerGroup } from './call-group.ts';
import { GroupCommit } from './group-commit.ts';
import type { Overloaded } from './group-commit.ts';
import { planHandOver } from './hand-over.ts';
import type { HandOverPlan } from './hand-over.ts';
import { importRecords } from './import-records.ts';
import { receiveOnce } from './inbox.ts';
import { refusedFact } from './journal.ts';
import { LOCKED, isLocked } from './key-locks.ts';
import { writeLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { LOCK_WAIT_MS } from './limits.ts';
import { Outbox } from './outbox.ts';
import { Participant } from './participant.ts';
import { readRecord } from './read.ts';
import { armReplyExpiry, ensureReplyExpiry, expireReplies } from './reply-expiry.ts';
import { ShardState } from './shard-state.ts';
import type { ShardOptions } from './shard-state.ts';
import { JournalShipping } from './ship-journal.ts';
import type { Shipped } from './ship-journal.ts';
import { Restore } from './restore.ts';
import type { RestoreAnswer, RestoreWish } from './restore.ts';
import { Snapshot, importedRecords } from './snapshot.ts';
import { submitCommand } from './submit.ts';
import { stepsOf } from './transact.ts';
import type { Steps } from './transact.ts';
import type { Effects } from './submit.ts';
import { verifyOwnJournal } from './verify-own-journal.ts';
import type { VerifiedStep } from './verify-own-journal.ts';
import type { Position } from './verify-journal.ts';
import { withoutEntry } from './untold.ts';
import { WakeUps } from './wake-ups.ts';
import type {
  CallReply,
  CommandEnvelope,
  ImportChunk,
  ImportReport,
  Outcome,
  QueryEnvelope,
  ShardCall,
} from './envelope.ts';
import type { Delivery, EnginePorts } from './ports.ts';
import type { KeyPair } from './record-kind.ts';

/** Turns a delivery into the command that applies it. */
export type Receiver = (delivery: Delivery) => CommandEnvelope;

/** How it stands in the queue; nothing where the caller says nothing. */
const standing = ({ priority, waitMs }: { priority?: Priority; waitMs?: number }) => ({
  ...(priority === undefined ? {} : { priority }),
  ...(waitMs === undefined ? {} : { waitMs }),
});

/** One entry of the ordered change feed. */
export interface Change {
  readonly sequence: number;
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
}

/** Steps of one turn; `bytes` counts against the bound on waiting work. */
export interface TransactWork<Result> {
  readonly bytes: number;
  run(steps: Steps): Result;
}

/** What an actor keeps beside its records. */
export interface FlushMemory {
  /** A flush begins: what the one before left unwritten did not happen. */
  begin(): void;
  /** Last steps of a flush. */
  write(now: number): void;
}

export class ShardEngine {
  readonly shard: ShardState;
  readonly wakeUps: WakeUps;
  /** This shard's side of transactions. */
  readonly transactions: Participant;
  readonly #commit: GroupCommit;
  readonly #snapshot: Snapshot;
  readonly #shipping: JournalShipping;
  readonly #restore: Restore;
  readonly #outbox: Outbox;
  readonly #receive: Receiver | null;
  #memory: FlushMemory | null = null;
  readonly #effects: Effects = {
    changed: (kind, key, sequence) => {
      this.#snapshot.changed(kind, key, sequence);
      this.remembered();
    },
    remembered: () => this.remembered(),
    owes: () => this.#outbox.wake(),
  };

  constructor(ports: EnginePorts, options: ShardOptions & { receive?: Receiver }) {
    this.shard = new ShardState(ports, options);
    this.wakeUps = new WakeUps(this.shard);
    this.#receive = options.receive ?? null;
    this.#snapshot = new Snapshot(this.shard, this.wakeUps);
    this.#outbox = new Outbox(this.shard, this.wakeUps);
    this.#shipping = new JournalShipping(this.shard, this.wakeUps);
    this.#restore = new Restore(this.shard, options.kinds);
    expireReplies(this.shard, this.wakeUps);
    this.#commit = new GroupCommit(this.shard, {
      begun: () => this.#memory?.begin(),
      committing: () => {
        this.#memory?.write(this.shard.clock.now());
        this.#snapshot.noteBookmark();
      },
      committed: () => {
        this.#snapshot.arm();
        this.#shipping.arm();
        this.#outbox.nudge();
      },
      rolledBack: () => {
        this.wakeUps.reload();
        this.#snapshot.rolledBack();
      },
    });
    this.transactions = new Participant(this.shard, {
      wakeUps: this.wakeUps,
      commit: this.#commit,
      effects: this.#effects,
    });
    this.#snapshot.arm();
    this.#shipping.arm();
    this.#outbox.arm();
    armReplyExpiry(this.shard, this.wakeUps);
  }

  /** Rows of this memory are written in the commit of the steps that filled it. */
  keep(memory: FlushMemory): void {
    this.#memory = memory;
  }

  /** To be called when a reply was kept. */
  remembered(): void {
    ensureReplyExpiry(this.wakeUps, this.shard.clock.now());
  }

  /** Waits a bounded time where a transaction holds the key. */
  async submit(envelope: CommandEnvelope): Promise<Outcome> {
    const bytes = envelope.bytes ?? JSON.stringify(envelope.command).length;
    const { locks, ports } = this.shard;
    for (;;) {
      const outcome = await this.#submit(envelope, bytes);
      if (!isLocked(outcome) || !(await locks.freed([envelope.key], LOCK_WAIT_MS, ports))) return outcome;
    }
  }

  #submit(envelope: CommandEnvelope, bytes: number): Promise<Outcome> {
    return this.#commit.enqueue({
      writes: true,
      bytes,
      repeatable: true,
      ...standing(envelope),
      run: (turn) => {
        const outcome = submitCommand(this.shard, envelope, turn, this.#effects);
        const untold = withoutEntry(outcome);
        if (untold !== null) turn.accesses.push(refusedFact(envelope, untold));
        return outcome;
      },
    });
  }

  read(envelope: QueryEnvelope): Promise<Outcome> {
    return this.#commit.enqueue({
      writes: false,
      bytes: 0,
      repeatable: true,
      ...standing(envelope),
      run: (turn) => {
        const { outcome, fact } = readRecord(this.shard, envelope, turn.now);
        if (fact) turn.accesses.push(fact);
        return outcome;
      },
    });
  }

  /** Calls that arrived together; each goes its own way, in one turn. */
  calls(batch: readonly ShardCall[]): Promise<CallReply[]> {
    const taker = {
      mustWait: (call: ShardCall) => 'command' in call && this.shard.locks.isHeld(call.key),
      take: (call: ShardCall) => ('command' in call ? this.submit(call) : this.read(call)),
    };
    const replies = answerGroup(taker, batch);
    this.#commit.flushIfDue();
    return replies;
  }

  /** Shows nobody anything, so it is no access. */
  handOver(keys: KeyPair): Promise<HandOverPlan | Overloaded> {
    return this.#commit.enqueue({ writes: false, bytes: 0, run: () => planHandOver(this.shard, keys) });
  }

  /** Runs an actor's own steps in one turn; `bytes` counts against the bound on waiting work. */
  transact<Result>(bytes: number, run: (steps: Steps) => Result): Promise<Result | Overloaded> {
    return this.#commit.enqueue({ writes: true, bytes, run: (turn) => run(stepsOf(this.shard, turn, this.#effects)) });
  }

  /**
   * As `transact`, for steps that came together: each commits or fails by itself, and none waits for more to come. `run`
   * touches only the tables and what follows them in memory, since it may be run once more after a rollback.
   */
  transactEach<Result>(works: readonly TransactWork<Result>[]): Promise<PromiseSettledResult<Result | Overloaded>[]> {
    const results = works.map(({ bytes, run }) =>
      this.#commit.enqueue({
        writes: true,
        bytes,
        repeatable: true,
        run: (turn) => run(stepsOf(this.shard, turn, this.#effects)),
      }),
    );
    this.#commit.flushIfDue();
    return Promise.allSettled(results);
  }

  import(chunk: ImportChunk): Promise<ImportReport | Overloaded> {
    return this.#commit.enqueue<ImportReport | Overloaded>({
      writes: true,
      bytes: 0,
      priority: 'bulk',
      run: (turn) => {
        if (chunk.records.some(({ key }) => this.shard.locks.isHeld(key))) return LOCKED;
        const before = this.shard.journal.head.seq;
        const report = importRecords(this.shard, chunk, turn.now);
        if (this.shard.journal.head.seq > before) {
          for (const { kind, key } of chunk.records) this.#snapshot.changed(kind, key, report.sequence);
        }
        return report;
      },
    });
  }

  /** Applies a delivery once; a throw makes the sender try again. */
  async deliver(delivery: Delivery): Promise<void> {
    const receive = this.#receive;
    if (!receive) throw new Error(`${this.shard.ports.actor.className} takes no deliveries`);
    const answer = await this.#commit.enqueue({
      writes: true,
      bytes: delivery.payload.length,
      run: (turn) => {
        receiveOnce(this.shard, delivery, () => {
          const outcome = submitCommand(this.shard, receive(delivery), turn, this.#effects);
          if (outcome.kind !== 'replied') throw new Error(`delivery not applied: ${outcome.kind}`);
        });
        return null;
      },
    });
    if (answer !== null) throw new Error('delivery not admitted');
  }

  /** Runs what is due; never throws. */
  alarm(): Promise<void> {
    return this.wakeUps.run();
  }

  /** Resolves when everything committed before the call is in the national copy. */
  settle(): Promise<void> {
    return this.#snapshot.settle();
  }

  /** Resolves when everything committed before the call is in the vault. */
  async ship(): Promise<Shipped> {
    await this.#shipping.ship();
    return this.#shipping.shipped;
  }

  /** See `JournalShipping.checkBirth`. */
  checkBirth(): Promise<void> {
    return this.#shipping.checkBirth();
  }

  restore(wish: RestoreWish): Promise<RestoreAnswer> {
    return this.#restore.step(wish);
  }

  verify(after: Position): Promise<VerifiedStep> {
    return verifyOwnJournal(this.shard, after);
  }

  /** The ordered change feed: resumable by the last sequence seen; imports are told record by record. */
  changes(after: number, limit: number): Change[] {
    return this.shard.statements.journalAfter(after, limit).flatMap((row): Change[] => {
      if (row.kind === 'reads') return [];
      if (row.kind !== 'import') {
        const { kind, key, version, body, annex } = row;
        return [{ sequence: row.seq, kind, key, version, body, annex }];
      }
      return importedRecords(row.entry).flatMap(([kind, key, version]): Change[] => {
        const record = this.shard.statements.record(kind, key);
        // A newer version has its own entry further on.
        if (!record || record.version !== version) return [];
        return [{ sequence: row.seq, kind, key, version, body: record.body, annex: record.annex }];
      });
    });
  }

  setLane(lane: Lane): void {
    writeLane(this.shard.statements, lane);
    this.shard.lane = lane;
  }

  status() {
    const now = this.shard.clock.now();
    const { statements, journal, hot, lane } = this.shard;
    return {
      shard: this.shard.ports.actor.shard,
      lane,
      journalHead: journal.head.seq,
      shipped: this.#shipping.shipped.seq,
      closed: this.shard.closed,
      records: statements.countRecords(),
      storageBytes: statements.size(),
      hotBytes: hot.bytes,
      waiting: this.#commit.waiting,
      snapshotLagMs: this.#snapshot.lag(now),
      snapshotPending: this.#snapshot.pending,
      snapshotBookmark: this.#snapshot.bookmark,
      outbox: statements.outboxCounts(),
      prepared: this.transactions.waiting,
      rowsRead: statements.rows.read,
      rowsWritten: statements.rows.written,
    };
  }
}
