/**
 * Open loop: arrivals keep coming whether or not replies do. Latency runs from the intended start, so a server that
 * stalls is charged for everyone it kept waiting (no coordinated omission).
 */
import { LatencyHistogram } from './histogram.ts';
import type { LoadParts, LoadResult, LoadWindow } from './load.ts';
import { Recorder } from './recorder.ts';
import type { Lane } from './transport.ts';
import { WindowClock } from './window-clock.ts';

/** Time to let timers settle before the first arrival. */
const HEAD_START_MS = 20;

export interface OpenLoopSettings extends LoadWindow {
  /** Milliseconds to the next intended start; see `gapsBetweenArrivals`. */
  readonly nextGap: () => number;
}

export function runOpenLoop(parts: LoadParts, settings: OpenLoopSettings): Promise<LoadResult> {
  return new Promise((resolve) => new OpenLoop(parts, settings, resolve).start());
}

class OpenLoop {
  readonly #parts: LoadParts;
  readonly #settings: OpenLoopSettings;
  readonly #resolve: (result: LoadResult) => void;
  readonly #lag = new LatencyHistogram();
  readonly #recorder: Recorder;
  readonly #clock: WindowClock;
  readonly #windowStart: number;
  readonly #windowEnd: number;
  /** Intended starts without a free connection yet; `#head` is the first still waiting. */
  #waiting: number[] = [];
  #head = 0;
  #nextArrival: number;
  #offered = 0;
  #finished = false;

  constructor(parts: LoadParts, settings: OpenLoopSettings, resolve: (result: LoadResult) => void) {
    this.#parts = parts;
    this.#settings = settings;
    this.#resolve = resolve;
    const origin = performance.now() + HEAD_START_MS;
    this.#windowStart = origin + settings.warmupSeconds * 1000;
    this.#windowEnd = this.#windowStart + settings.seconds * 1000;
    this.#nextArrival = origin + settings.nextGap();
    this.#recorder = new Recorder(this.#windowStart, this.#windowEnd);
    this.#clock = new WindowClock(parts.watcher, this.#recorder);
  }

  start(): void {
    const now = performance.now();
    this.#clock.schedule(this.#windowStart - now, this.#windowEnd - now);
    this.#tick();
  }

  #tick(): void {
    if (this.#finished) return;
    const now = performance.now();
    this.#pump(now);
    const over = now >= this.#windowEnd;
    const idle = this.#head === this.#waiting.length && this.#parts.pool.busy === 0;
    if (over && (idle || now >= this.#windowEnd + this.#settings.drainSeconds * 1000)) return this.#finish();
    // Timers have a grain of a millisecond; what they are late by is reported as generator lag.
    setTimeout(() => this.#tick(), over ? 5 : Math.max(0, this.#nextArrival - now));
  }

  /** Notices the arrivals that are due and sends as many as there are free connections. */
  #pump(now: number): void {
    while (this.#nextArrival <= now && this.#nextArrival < this.#windowEnd) {
      if (this.#nextArrival >= this.#windowStart) {
        this.#offered++;
        this.#lag.record(now - this.#nextArrival);
      }
      this.#waiting.push(this.#nextArrival);
      this.#nextArrival += this.#settings.nextGap();
    }
    while (this.#head < this.#waiting.length) {
      const lane = this.#parts.pool.take();
      if (lane === undefined) return;
      this.#send(lane, this.#waiting[this.#head++] ?? now);
    }
    this.#waiting = [];
    this.#head = 0;
  }

  #send(lane: Lane, intended: number): void {
    const sent = performance.now();
    this.#parts.work.issue(lane, (result) => {
      const finished = performance.now();
      this.#parts.pool.give(lane);
      if (this.#finished) return;
      this.#recorder.record(result, { intended, sent, finished });
      this.#pump(finished);
    });
  }

  #finish(): void {
    this.#finished = true;
    this.#clock.stop();
    const now = performance.now();
    const dropped = this.#waiting.slice(this.#head).filter((intended) => intended >= this.#windowStart);
    for (const intended of dropped) this.#recorder.recordDropped(now - intended);
    this.#resolve({
      figures: this.#recorder.figures(),
      offered: this.#offered,
      dropped: dropped.length,
      generatorLag: this.#lag.summary(),
      generatorCpu: this.#clock.cpu.share,
    });
  }
}
