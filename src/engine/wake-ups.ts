/**
 * Named wake-ups over the one alarm an actor has. The alarm is coarse: it is a safety net under the timers of a living
 * instance, so it is set at most once per grain, never per write. `alarm()` must never throw (six failures lose it),
 * so a failing wake-up is reported, kept, and tried again at the next grain.
 */
import { ALARM_GRAIN_MS } from './limits.ts';
import type { ShardState } from './shard-state.ts';

export type WakeUpWork = (now: number) => Promise<void> | void;

export class WakeUps {
  readonly #shard: ShardState;
  readonly #works = new Map<string, WakeUpWork>();
  #due: Map<string, number>;
  /** Names that wait for storage to take writes again. */
  readonly #later = new Set<string>();
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(shard: ShardState) {
    this.#shard = shard;
    this.#due = new Map(shard.statements.wakeUps().map(({ name, due }) => [name, due]));
  }

  /** Tells what to do when a name comes due; known names only, since a wake-up outlives the code that set it. */
  on(name: string, work: WakeUpWork): void {
    this.#works.set(name, work);
  }

  /**
   * Makes sure `name` is woken by about `at`, also after a crash. Cheap when it already is. Storage that takes no write
   * is reported, not thrown: the living instance tries again, and the next start arms what it owes.
   */
  ensure(name: string, at: number): void {
    const known = this.#due.get(name);
    try {
      if (known === undefined || known > at + ALARM_GRAIN_MS) {
        this.#shard.statements.setWakeUp(name, at);
        this.#due.set(name, at);
      }
      this.#setAlarm();
    } catch (error) {
      this.#shard.ports.observer.failure('wake-up', error);
      this.#ensureLater(name, at);
    }
  }

  #ensureLater(name: string, at: number): void {
    if (this.#later.has(name)) return;
    this.#later.add(name);
    this.#shard.ports.defer(() => {
      this.#later.delete(name);
      this.ensure(name, at);
    }, ALARM_GRAIN_MS);
  }

  /** After a rollback: what was ensured in the failed work is in the tables no more. */
  reload(): void {
    this.#due = new Map(this.#shard.statements.wakeUps().map(({ name, due }) => [name, due]));
    this.#alarmAt = Number.POSITIVE_INFINITY;
  }

  /** The body of `alarm()`: runs what is due, re-arms for the rest. */
  async run(): Promise<void> {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#shard.clock.now();
    const due = [...this.#due].filter(([, at]) => at <= now);
    for (const [name] of due) await this.#wake(name, now);
    try {
      this.#setAlarm();
    } catch (error) {
      this.#shard.ports.observer.failure('alarm', error);
      // The tables take no write now: the living instance looks again, the next start arms what it owes.
      this.#shard.ports.defer(() => void this.run(), ALARM_GRAIN_MS);
    }
  }

  /** The row stays until the work is done, so that a crash in between repeats it. */
  async #wake(name: string, now: number): Promise<void> {
    const due = this.#due.get(name);
    // Another run of the alarm, beside this one, has done it and may have set the next.
    if (due === undefined || due > now) return;
    const work = this.#works.get(name);
    this.#due.delete(name);
    try {
      await work?.(now);
      if (!this.#due.has(name)) this.#shard.statements.deleteWakeUp(name);
    } catch (error) {
      this.#shard.ports.observer.failure(`wake-up ${name}`, error);
      this.#due.set(name, now + ALARM_GRAIN_MS);
    }
  }

  #setAlarm(): void {
    if (this.#due.size === 0) return;
    const next = Math.min(...this.#due.values());
    if (this.#alarmAt <= next + ALARM_GRAIN_MS) return;
    this.#shard.ports.setAlarm(next);
    this.#alarmAt = next;
  }
}
