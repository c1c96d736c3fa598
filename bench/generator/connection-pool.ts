/** The fixed set of lanes of one measurement, and the clock that gives up on replies that never come. */
import type { Lane } from './transport.ts';

const SWEEP_MS = 250;

export class ConnectionPool {
  readonly #all: readonly Lane[];
  readonly #idle: Lane[];
  readonly #sweeper: NodeJS.Timeout;

  constructor(lanes: readonly Lane[], timeoutMs: number) {
    this.#all = lanes;
    this.#idle = [...lanes];
    this.#sweeper = setInterval(() => {
      const now = performance.now();
      for (const lane of this.#all) lane.expire(now, timeoutMs);
    }, SWEEP_MS);
  }

  get busy(): number {
    return this.#all.length - this.#idle.length;
  }

  take(): Lane | undefined {
    return this.#idle.pop();
  }

  give(lane: Lane): void {
    this.#idle.push(lane);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const lane of this.#all) lane.close();
  }
}
