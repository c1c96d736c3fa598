/** What a part of the nightly run tells: figures, and each promise with what was measured of it. */

export interface Verdict {
  readonly promise: string;
  readonly measured: number | string;
  readonly kept: boolean;
  /** Told but not judged: the slice is too small for it, or the machine is. */
  readonly advisory?: boolean;
}

export interface PartResult {
  readonly part: string;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, unknown>>;
  readonly verdicts: readonly Verdict[];
}

export const atMost = (promise: string, measured: number, bound: number): Verdict => ({
  promise: `${promise} ≤ ${bound}`,
  measured,
  kept: measured <= bound,
});

export const atLeast = (promise: string, measured: number, bound: number): Verdict => ({
  promise: `${promise} ≥ ${bound}`,
  measured,
  kept: measured >= bound,
});

export const isKept = ({ verdicts }: PartResult): boolean =>
  verdicts.length > 0 && verdicts.every(({ kept, advisory }) => kept || advisory === true);

export function readable(result: PartResult): string {
  const lines = result.verdicts.map(
    ({ promise, measured, kept, advisory }) =>
      `  ${kept ? 'kept  ' : advisory === true ? 'missed (not judged here)' : 'BROKEN'}  ${promise}: ${measured}`,
  );
  const figures = Object.entries(result.figures).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [`${result.part} (${result.seconds.toFixed(0)} s): ${figures.join(', ')}`, ...lines].join('\n');
}

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
