/** What the exit code of a run says; the worst finding wins. */
export const EXIT = {
  ok: 0,
  boundMissed: 1,
  usage: 2,
  targetNotHealthy: 3,
  generatorSaturated: 4,
  durabilityBroken: 5,
} as const;

export interface Findings {
  readonly brokenPromises: number;
  readonly invalidResults: number;
  readonly missedBounds: number;
}

/** A broken promise outweighs speed; an invalid result says nothing about bounds, so it comes before them. */
export function exitCodeOf({ brokenPromises, invalidResults, missedBounds }: Findings): number {
  if (brokenPromises > 0) return EXIT.durabilityBroken;
  if (invalidResults > 0) return EXIT.generatorSaturated;
  return missedBounds > 0 ? EXIT.boundMissed : EXIT.ok;
}
