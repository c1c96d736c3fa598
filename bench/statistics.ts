/** Medians and ranges over rounds. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0 };
}

/** Ratios round by round, because neighbours in time had the same machine. */
export function ratiosOf(subject: readonly number[], baseline: readonly number[]): Spread {
  const ratios = subject.flatMap((value, round) => {
    const against = baseline[round];
    return against === undefined || against === 0 ? [] : [value / against];
  });
  return spreadOf(ratios);
}
