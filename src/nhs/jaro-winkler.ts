/** Jaro-Winkler likeness of two texts, 0 (nothing shared) to 1 (equal): the measure behind search scores. */

const PREFIX_WEIGHT = 0.1;
const PREFIX_LIMIT = 4;

export function jaroWinkler(a: string, b: string): number {
  const jaro = jaroLikeness(a, b);
  let prefix = 0;
  while (prefix < PREFIX_LIMIT && prefix < a.length && a[prefix] === b[prefix]) prefix++;
  return jaro + prefix * PREFIX_WEIGHT * (1 - jaro);
}

function jaroLikeness(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const shared: string[] = [];
  for (let i = 0; i < a.length; i++) {
    const end = Math.min(b.length, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < end; j++) {
      if (taken[j] === 1 || a[i] !== b[j]) continue;
      taken[j] = 1;
      shared.push(a.charAt(i));
      break;
    }
  }
  if (shared.length === 0) return 0;
  const outOfOrder = countOutOfOrder(shared, b, taken);
  const m = shared.length;
  return (m / a.length + m / b.length + (m - outOfOrder / 2) / m) / 3;
}

function countOutOfOrder(shared: readonly string[], b: string, taken: Uint8Array): number {
  let count = 0;
  let next = 0;
  for (let j = 0; j < b.length; j++) {
    if (taken[j] === 1 && shared[next++] !== b[j]) count++;
  }
  return count;
}
