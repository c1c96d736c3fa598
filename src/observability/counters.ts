/** Counters of one isolate, for the operator's status page: names and numbers, never a key or a body. */
import type { Observer } from '../engine/ports.ts';

const counters = new Map<string, number>();

export function countersNow(): Readonly<Record<string, number>> {
  return Object.fromEntries(counters);
}

export const observer: Observer = {
  count(name, by = 1) {
    counters.set(name, (counters.get(name) ?? 0) + by);
  },
  failure(name, error) {
    this.count(`failed ${name}`);
    // The class and the place only: a message may carry what a record carries.
    const kind = error instanceof Error ? error.name : typeof error;
    console.error(JSON.stringify({ level: 'error', event: 'failure', name, kind }));
  },
};
