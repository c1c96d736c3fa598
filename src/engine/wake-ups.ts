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
  readonly #due: Map<string, number>;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(shard: ShardState) {
    this.#shard = shard;
    this.#due = new Map(shard.statements.wakeUps().map(({ name, due }) => [name, due]));
  }

  /** Tells what to do when a name comes due; known names only, since a wake-up outlives the code that set it. */
  on(name: string, work: WakeUpWork): void {
    this.#works.set(name, work);
  }

  /** Makes sure `name` is woken by about `at`, also after a crash. Cheap when it already is. */
  ensure(name: string, at: number): void {
    const known = this.#due.get(name);
    if (known === undefined || known > at + ALARM_GRAIN_MS) {
      this.#due.set(name, at);
      this.#shard.statements.setWakeUp(name, at);
    }
    this.#setAlarm();
  }

  /** The body of `alarm()`: runs what is due, re-arms for the rest. */
  async run(): Promise<void> {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#shard.clock.now();
    const due = [...this.#due].filter(([, at]) => at <= now);
    for (const [name] of due) await this.#wake(name, now);
    this.#setAlarm();
  }

  async #wake(name: string, now: number): Promise<void> {
    const work = this.#works.get(name);
    this.#due.delete(name);
    try {
      this.#shard.statements.deleteWakeUp(name);
      await work?.(now);
    } catch (error) {
      this.#shard.ports.observer.failure(`wake-up ${name}`, error);
      this.ensure(name, now + ALARM_GRAIN_MS);
    }
  }

  #setAlarm(): void {
    if (this.#due.size === 0) return;
    const next = Math.min(...this.#due.values());
    if (this.#alarmAt <= next + ALARM_GRAIN_MS) return;
    this.#alarmAt = next;
    this.#shard.ports.setAlarm(next);
  }
}
