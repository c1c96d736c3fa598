/** The values that several resources have at a simple FHIRPath, each different one once. */
import { objectIn } from './json.ts';
import type { Json } from './json.ts';

const STEP = /extension\("[^"]*"\)|[^.]+/g;

/** A resource without a value has a value of its own: none. Of extensions only those that are there count. */
export function different(resources: readonly Json[], path: string): readonly unknown[] {
  const values = (path.match(STEP) ?? []).reduce<readonly unknown[]>(step, resources);
  const [first, ...rest] = values.map((value) => JSON.stringify(value));
  // Nearly always they are the same letter for letter.
  if (rest.every((text) => text === first)) return values.slice(0, 1).map((value) => value ?? null);
  const seen = new Map(values.map((value) => [sorted(value), value ?? null]));
  return [...seen.values()];
}

function step(input: readonly unknown[], name: string): readonly unknown[] {
  const url = /^extension\("([^"]*)"\)$/.exec(name)?.[1];
  const values = input.map((item) => objectIn(item)[url === undefined ? name : 'extension']);
  const flat = values.flatMap((value) => (Array.isArray(value) ? (value as readonly unknown[]) : [value]));
  return url === undefined ? flat : flat.filter((extension) => objectIn(extension)['url'] === url);
}

/** Two objects are the same in whatever order their members stand. */
function sorted(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) => {
      if (
        typeof item !== 'object' ||
        item === null ||
        Array.isArray(item) ||
        Object.getPrototypeOf(item) !== Object.prototype
      )
        return item;
      return Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)));
    }) ?? ''
  );
}
