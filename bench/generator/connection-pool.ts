/** The fixed set of connections of one measurement, and the clock that gives up on replies that never come. */
import { type Endpoint, HttpConnection } from './http-connection.ts';

const SWEEP_MS = 250;

export interface PoolSettings {
  readonly endpoint: Endpoint;
  readonly connections: number;
  readonly timeoutMs: number;
}

export class ConnectionPool {
  readonly #all: HttpConnection[] = [];
  readonly #idle: HttpConnection[] = [];
  readonly #sweeper: NodeJS.Timeout;

  constructor(settings: PoolSettings) {
    for (let i = 0; i < settings.connections; i++) this.#all.push(new HttpConnection(settings.endpoint));
    this.#idle.push(...this.#all);
    this.#sweeper = setInterval(() => {
      const now = performance.now();
      for (const connection of this.#all) connection.expire(now, settings.timeoutMs);
    }, SWEEP_MS);
  }

  get busy(): number {
    return this.#all.length - this.#idle.length;
  }

  take(): HttpConnection | undefined {
    return this.#idle.pop();
  }

  give(connection: HttpConnection): void {
    this.#idle.push(connection);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const connection of this.#all) connection.close();
  }
}
