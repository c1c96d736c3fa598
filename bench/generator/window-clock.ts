/** Opens and closes the measured window on time and reports progress once a second in between. */
import { CpuShare } from './load.ts';
import type { Recorder } from './recorder.ts';
import type { WindowWatcher } from './work.ts';

const PROGRESS_MS = 1000;

export class WindowClock {
  readonly cpu = new CpuShare();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #watcher: WindowWatcher;
  readonly #recorder: Recorder;
  #open = false;

  constructor(watcher: WindowWatcher, recorder: Recorder) {
    this.#watcher = watcher;
    this.#recorder = recorder;
  }

  schedule(opensInMs: number, closesInMs: number): void {
    this.#timers.push(setTimeout(() => this.#opened(), opensInMs));
    this.#timers.push(setTimeout(() => this.#closed(), closesInMs));
    this.#timers.push(setInterval(() => this.#progressed(), PROGRESS_MS));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#closed();
  }

  #opened(): void {
    this.#open = true;
    this.cpu.start();
    this.#watcher.opened();
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.cpu.stop();
    this.#watcher.closed();
  }

  #progressed(): void {
    this.#watcher.progressed(this.#recorder.done, this.#recorder.errors);
  }
}
