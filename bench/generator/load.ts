/** What both loops take and give back. */
import type { ConnectionPool } from './connection-pool.ts';
import type { LatencySummary } from './histogram.ts';
import type { Figures } from './recorder.ts';
import type { WindowWatcher, Work } from './work.ts';

export interface LoadParts {
  readonly pool: ConnectionPool;
  readonly work: Work;
  readonly watcher: WindowWatcher;
}

export interface LoadWindow {
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** How long after the window unfinished requests may still finish. */
  readonly drainSeconds: number;
}

export interface LoadResult {
  readonly figures: Figures;
  /** Arrivals meant for the window; 0 for a closed loop, which has no intention. */
  readonly offered: number;
  /** Arrivals that were never sent. */
  readonly dropped: number;
  /** How late the generator itself noticed arrivals; null for a closed loop. */
  readonly generatorLag: LatencySummary | null;
  /** Share of one core the generator used in the window. */
  readonly generatorCpu: number;
}

export const NO_WATCHER: WindowWatcher = {
  opened: () => undefined,
  closed: () => undefined,
  progressed: () => undefined,
};

/** CPU of this process over the window, in cores. */
export class CpuShare {
  #startedAt = 0;
  #usage: NodeJS.CpuUsage = { user: 0, system: 0 };
  #share = 0;

  start(): void {
    this.#startedAt = performance.now();
    this.#usage = process.cpuUsage();
  }

  stop(): void {
    const { user, system } = process.cpuUsage(this.#usage);
    this.#share = (user + system) / 1000 / Math.max(1, performance.now() - this.#startedAt);
  }

  get share(): number {
    return Math.round(this.#share * 1000) / 1000;
  }
}
