/** The other end of the faulty Worker's control page: sets faults, and compares what D1 holds with what the shards hold. */
import { PDS } from '../pds-client.ts';
import type { FaultPlan } from './faulty-database.ts';

interface Known {
  readonly number: string;
  readonly version: number;
}

const READ_ATTEMPTS = 50;
const LOOK_EVERY_MS = 200;

export class FaultControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async set(changes: Partial<FaultPlan>): Promise<void> {
    await fetch(`${this.#url}/__fault`, { method: 'POST', body: JSON.stringify(changes) });
  }

  async plan(): Promise<FaultPlan> {
    return (await (await fetch(`${this.#url}/__fault`)).json()) as FaultPlan;
  }

  /** Versions in D1 by NHS number. */
  async copies(): Promise<Map<string, number>> {
    const response = await fetch(`${this.#url}/__fault/copies`);
    const rows = (await response.json()) as { key: string; version: number }[];
    return new Map(rows.map(({ key, version }) => [key, version]));
  }

  /** Copies newer than their record: D1 is looked at first, so that a record may only have gone on since. */
  async ahead(patients: readonly Known[]): Promise<string[]> {
    const copies = await this.copies();
    const found: string[] = [];
    for (const { number } of patients) {
      const version = await this.#versionOf(number);
      const copy = copies.get(number) ?? 0;
      if (copy > version) found.push(`${number}: D1 ${copy}, shard ${version}`);
    }
    return found;
  }

  /** Asks until it is told: a shard under load may say no for a moment. */
  async #versionOf(number: string): Promise<number> {
    for (let attempts = 1; ; attempts++) {
      const headers = { 'X-Request-ID': crypto.randomUUID() };
      const reply = await fetch(`${this.#url}${PDS}/Patient/${number}`, { headers });
      await reply.arrayBuffer();
      if (reply.status === 200) return Number(/\d+/.exec(reply.headers.get('etag') ?? '')?.[0] ?? 0);
      if (attempts === READ_ATTEMPTS) throw new Error(`${number}: ${reply.status} ${attempts} times`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Seconds until D1 holds exactly what was acknowledged. */
  async converged(patients: readonly Known[], withinMs: number): Promise<number> {
    const started = performance.now();
    for (;;) {
      const copies = await this.copies();
      const different = patients.filter(({ number, version }) => copies.get(number) !== version);
      const ahead = different.filter(({ number, version }) => (copies.get(number) ?? 0) > version);
      if (ahead.length > 0)
        throw new Error(`D1 is ahead of what was acknowledged: ${JSON.stringify(ahead.slice(0, 3))}`);
      const elapsed = performance.now() - started;
      if (different.length === 0) return elapsed / 1_000;
      if (elapsed > withinMs) throw new Error(`${different.length} copies still differ after ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
