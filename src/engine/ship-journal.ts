/**
 * Ships the journal to the vault in segments, coarsely and behind everybody's back: a write costs nothing, a flush one
 * comparison. What is shipped is durable (the output gate), contiguous, and never written over: where the vault holds
 * another past of this shard than the tables do, the shard closes itself instead of going on beside it.
 */
import { hash } from 'node:crypto';
import { GENESIS_HASH } from './journal.ts';
import { lineBytes, rowLine, SEGMENT_FORMAT, segmentOf } from './journal-segment.ts';
import type { Segment } from './journal-segment.ts';
import {
  SEGMENT_BYTES,
  SEGMENT_OUTBOX_MAX,
  SEGMENT_STEP,
  SHIP_EARLY_MS,
  SHIP_EARLY_ROWS,
  SHIP_RETRY_MAX_MS,
  SHIP_RETRY_MS,
  VAULT_TIMEOUT_MS,
} from './limits.ts';
import { within } from './within.ts';
import type { ShardState } from './shard-state.ts';
import type { Anchor, SegmentFacts, Vault } from './vault.ts';
import type { WakeUps } from './wake-ups.ts';

const WAKE_UP = 'ship';
/** Up to where the vault holds the journal, with the hash there. */
const SHIPPED = 'shipped';

export interface Shipped {
  readonly seq: number;
  readonly hash: string;
}

/** The vault tells of another past than the tables: somebody put an older file back, or two shards are one. */
export class ForeignJournal extends Error {
  override readonly name = 'ForeignJournal';
}

export class JournalShipping {
  readonly #shard: ShardState;
  readonly #wakeUps: WakeUps;
  readonly #vault: Vault | null;
  readonly #everyMs: number;
  #shipped: Shipped;
  #pass: Promise<void> | null = null;
  /** The shipment that is due: all of it at its time, or one segment early; null when none is. */
  #due: { readonly early: boolean; cancel(): void } | null = null;
  #failures = 0;

  constructor(shard: ShardState, wakeUps: WakeUps) {
    this.#shard = shard;
    this.#wakeUps = wakeUps;
    this.#vault = shard.ports.vault ?? null;
    this.#everyMs = shard.ports.shipEveryMs ?? 0;
    const stored = shard.statements.meta(SHIPPED);
    this.#shipped = stored === null ? { seq: 0, hash: GENESIS_HASH } : (JSON.parse(stored) as Shipped);
    wakeUps.on(WAKE_UP, () => this.ship());
  }

  get shipped(): Shipped {
    return this.#shipped;
  }

  /** To be called after a flush: starts the timer of the next shipment. Cheap when it runs or nothing is due. */
  arm(): void {
    if (this.#everyMs === 0 || this.#due?.early === true || this.#vault === null || this.#shard.closed !== null) return;
    const waiting = this.#shard.journal.head.seq - this.#shipped.seq;
    const early = waiting >= SHIP_EARLY_ROWS && this.#failures === 0;
    if (waiting === 0 || (this.#due !== null && !early)) return;
    this.#due?.cancel();
    const retry = this.#failures === 0 ? 0 : Math.min(SHIP_RETRY_MAX_MS, SHIP_RETRY_MS * 2 ** this.#failures);
    const delay = Math.max(this.#everyMs, retry);
    // Far behind the timer, so that the alarm is set for a crash and hardly ever for a living instance.
    this.#wakeUps.ensure(WAKE_UP, this.#shard.clock.now() + 4 * delay);
    const due = (): void => {
      this.#due = null;
      // A failed pass has been reported and has re-armed itself.
      (early ? this.#shipTo(this.#shipped.seq + 1) : this.ship()).catch(() => undefined);
    };
    const wait = early ? Math.min(SHIP_EARLY_MS, delay) : delay;
    this.#due = { early, cancel: this.#shard.ports.defer(due, this.#spread(wait)) };
  }

  /** Ships until everything committed before the call is in the vault; throws when it cannot. */
  ship(): Promise<void> {
    return this.#shipTo(this.#shard.journal.head.seq);
  }

  async #shipTo(upTo: number): Promise<void> {
    const vault = this.#vault;
    if (vault === null || this.#shard.closed !== null) return;
    try {
      while (this.#shipped.seq < upTo) {
        this.#pass ??= this.#shipOne(vault).finally(() => (this.#pass = null));
        await this.#pass;
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#shard.ports.observer.failure('ship', error);
      if (error instanceof ForeignJournal) this.#shard.close('foreign');
      throw error;
    } finally {
      this.arm();
    }
  }

  /** For a shard without a journal: whether it ever had one. Before that is known it takes no work. */
  async checkBirth(): Promise<void> {
    if (this.#vault === null || this.#everyMs === 0 || this.#shard.closed !== null) return;
    if (this.#shard.journal.head.seq > 0 || this.#shipped.seq > 0) return;
    if (!(await within(VAULT_TIMEOUT_MS, this.#vault.knowsUs(), this.#shard.ports))) return;
    this.#shard.ports.observer.failure('birth', new ForeignJournal('this shard has lost its past'));
    this.#shard.close('foreign');
  }

  async #shipOne(vault: Vault): Promise<void> {
    const { facts, segment } = await this.#build();
    const stands = await this.#within(vault.putSegment(facts, segment.bytes));
    const shipped = stands ?? facts;
    if (stands !== null && !this.#isOurs(stands)) throw new ForeignJournal(`segment ${stands.first} is not ours`);
    const sha256 = stands === null ? segment.sha256 : await this.#digestOf(vault, stands.first);
    const { className, shard } = this.#shard.ports.actor;
    const anchor: Anchor = {
      actor: `${className}/${shard}`,
      epoch: shipped.epoch,
      first: shipped.first,
      seq: shipped.last,
      hash: shipped.hash,
      at: this.#shard.clock.now(),
      sha256,
    };
    const said = await this.#within(vault.putAnchor(anchor));
    if (said !== null && said.hash !== anchor.hash) throw new ForeignJournal(`anchor ${said.seq} is not ours`);
    this.#shipped = { seq: shipped.last, hash: shipped.hash };
    this.#shard.statements.setMeta(SHIPPED, JSON.stringify(this.#shipped));
    // A file has no name of its own: whoever finds it must know whose it is.
    if (shipped.first === 1) this.#shard.statements.setMeta('actor', anchor.actor);
    this.#shard.ports.observer.count('segments');
  }

  /** A segment that a crash left unnoted: what it says must be what our tables say. */
  #isOurs(facts: SegmentFacts): boolean {
    const [row] = this.#shard.statements.journalAfter(facts.last - 1, 1);
    return row !== undefined && row.seq === facts.last && row.hash === facts.hash;
  }

  async #digestOf(vault: Vault, first: number): Promise<string> {
    return hash('sha256', (await this.#within(vault.segment(first))) ?? '', 'hex');
  }

  async #build(): Promise<{ readonly facts: SegmentFacts; readonly segment: Segment }> {
    const { statements, journal, ports, lane } = this.#shard;
    const upTo = journal.head.seq;
    const first = this.#shipped.seq + 1;
    const lines: Uint8Array[] = [];
    let bytes = 0;
    let last: Shipped = this.#shipped;
    while (last.seq < upTo && bytes < SEGMENT_BYTES) {
      for (const row of statements.journalAfter(last.seq, SEGMENT_STEP)) {
        if (row.seq > upTo || bytes >= SEGMENT_BYTES) break;
        const line = lineBytes(rowLine(row));
        lines.push(line);
        bytes += line.length;
        last = { seq: row.seq, hash: row.hash };
      }
      // Lets waiting commands run between two steps.
      await new Promise<void>((resolve) => void ports.defer(resolve, 0));
    }
    const header = {
      segment: SEGMENT_FORMAT,
      actor: `${ports.actor.className}/${ports.actor.shard}`,
      shards: Number(statements.meta('shards')),
      epoch: lane.epoch,
      first,
      previous: this.#shipped.hash,
    };
    const replies = statements.repliesBetween(first, last.seq);
    const outbox = statements.waitingOutbox(SEGMENT_OUTBOX_MAX);
    const segment = segmentOf(header, lines, { replies, outbox, last: last.seq, hash: last.hash });
    return { facts: { first, last: last.seq, hash: last.hash, epoch: lane.epoch }, segment };
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return within(VAULT_TIMEOUT_MS, work, this.#shard.ports);
  }

  /** Up to a quarter more, by the golden ratio of the shard's number: shards that began together do not ship together. */
  #spread(delay: number): number {
    return Math.round(delay * (1 + ((this.#shard.ports.actor.shard * 0.618_034) % 1) / 4));
  }
}
