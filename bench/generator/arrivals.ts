/** When requests are meant to start, decided before any reply is seen: that is what makes the loop open. */
import type { Random } from '../random.ts';

export type ArrivalLaw = 'poisson' | 'constant';

/** Milliseconds from one intended start to the next. */
export function gapsBetweenArrivals(law: ArrivalLaw, ratePerSecond: number, random: Random): () => number {
  const mean = 1000 / ratePerSecond;
  if (law === 'constant') return () => mean;
  return () => -Math.log(1 - random.next()) * mean;
}
