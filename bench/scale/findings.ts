/** What curves have to show; the numbers are those of the acceptance. */
import type { Finding, ScalePoint } from './record.ts';

/** Patients that larger populations are compared with. */
export const REFERENCE = 10_000;
/** Cost per transaction must not grow with the population: within a tenth of the speed at the reference. */
const SMALLEST_SHARE = 0.9;
const MOST_MEGABYTES = 1500;
const MILLION = 1_000_000;
const MILLION_LOADED_WITHIN_S = 360;
/** A rate is clean when nothing failed, hardly anything was late, and the slow hundredth stayed bearable. */
const SMALLEST_SERVED = 99;
const LARGEST_P99_MS = 100;

export function sameCost(points: readonly ScalePoint[]): Finding[] {
  const largest = points.at(-1);
  if (largest === undefined || largest.at <= REFERENCE || !points.some(({ at }) => at === REFERENCE)) return [];
  return ['get', 'patch'].map((name) => {
    const share = largest.figures[`${name} vs reference`] ?? Number.NaN;
    const cpu = largest.figures[`${name} cpu vs reference`] ?? Number.NaN;
    const text = `${name} at ${count(largest.at)} runs at ${share} of the speed at ${count(REFERENCE)} beside it, at least ${SMALLEST_SHARE}; CPU ${cpu} ×`;
    return { text, pass: share >= SMALLEST_SHARE };
  });
}

export function largestPopulation(points: readonly ScalePoint[]): Finding[] {
  const largest = points.at(-1);
  if (largest === undefined) return [];
  const memory = largest.figures['RSS MB'] ?? Number.NaN;
  const findings: Finding[] = [
    { text: `memory at ${count(largest.at)}: ${memory} MB, at most ${MOST_MEGABYTES}`, pass: memory <= MOST_MEGABYTES },
  ];
  const seconds = largest.figures['load and start s'] ?? Number.NaN;
  if (largest.at >= MILLION) {
    const text = `${count(largest.at)} loaded, snapshot included, and ready in ${seconds} s, at most ${MILLION_LOADED_WITHIN_S}`;
    findings.push({ text, pass: seconds <= MILLION_LOADED_WITHIN_S });
  }
  return findings;
}

export function isClean({ figures }: ScalePoint): boolean {
  const { errors, dropped } = figures;
  const served = figures['served %'] ?? 0;
  const p99 = figures['mix p99 ms'] ?? Number.POSITIVE_INFINITY;
  return errors === 0 && dropped === 0 && served >= SMALLEST_SERVED && p99 <= LARGEST_P99_MS;
}

export function cleanRates(points: readonly ScalePoint[]): Finding[] {
  const clean = points.filter(isClean).map(({ at }) => at);
  const highest = clean.length === 0 ? 'none' : `${count(Math.max(...clean))} a second`;
  return [{ text: `highest clean rate (no error, ≥ 99 % in time, p99 ≤ 100 ms): ${highest}`, pass: null }];
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}
