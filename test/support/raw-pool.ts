/** A fixed set of raw connections, and two ways to drive them: back to back, or as arrivals come whatever the answers do. */
import { HttpConnection } from '../../bench/generator/http-connection.ts';
import { seededRandom } from '../../bench/random.ts';
import { endpointOf } from './raw-pds.ts';

const SWEEP_MS = 250;
/** How long after the end answers under way are waited for. */
const DRAIN_MS = 300;

export class RawPool {
  readonly #all: readonly HttpConnection[];
  readonly #idle: HttpConnection[];
  readonly #sweeper: NodeJS.Timeout;

  constructor(url: string, connections: number, timeoutMs: number) {
    this.#all = Array.from({ length: connections }, () => new HttpConnection(endpointOf(url)));
    this.#idle = [...this.#all];
    this.#sweeper = setInterval(() => {
      for (const connection of this.#all) connection.expire(performance.now(), timeoutMs);
    }, SWEEP_MS);
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#all.length;
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

/** Sends one request on a connection and tells when it has ended. */
export type Issue = (connection: HttpConnection, ended: () => void) => void;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every connection back to back; the answer: how many ended. */
export async function backToBack(pool: RawPool, issue: Issue, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  const streams: Promise<void>[] = [];
  for (let connection = pool.take(); connection !== undefined; connection = pool.take()) {
    const own = connection;
    streams.push(
      new Promise((resolve) => {
        const next = (): void => {
          if (performance.now() < end) {
            issue(own, () => {
              if (performance.now() < end) done += 1;
              setImmediate(next);
            });
            return;
          }
          pool.give(own);
          resolve();
        };
        next();
      }),
    );
  }
  await Promise.all(streams);
  return done;
}

export interface Arrived {
  readonly offered: number;
  /** Milliseconds from the intended start to the end, also of what never found a connection. */
  readonly times: readonly number[];
}

/** Poisson arrivals; what finds no connection waits for one, and that is part of its time. */
export async function asTheyCome(
  pool: RawPool,
  issue: Issue,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Arrived> {
  const random = seededRandom(Math.round(perSecond));
  const gap = () => (-Math.log(1 - random.next()) * 1_000) / perSecond;
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  const waiting: number[] = [];
  let [offered, head] = [0, 0];
  const over = new AbortController();
  const send = (): void => {
    while (!over.signal.aborted && head < waiting.length) {
      const connection = pool.take();
      if (connection === undefined) return;
      const intended = waiting[head++] ?? 0;
      issue(connection, () => {
        times.push(performance.now() - intended);
        pool.give(connection);
        send();
      });
    }
  };
  for (let next = performance.now() + gap(); next < end;) {
    for (; next <= performance.now(); next += gap(), offered++) waiting.push(next);
    send();
    await pause(Math.max(0, Math.min(4, next - performance.now())));
  }
  over.abort();
  for (const drained = performance.now() + DRAIN_MS; !pool.isIdle && performance.now() < drained;) await pause(5);
  for (const intended of waiting.slice(head)) times.push(performance.now() - intended);
  return { offered, times };
}
