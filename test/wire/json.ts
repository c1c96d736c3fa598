/** Walks JSON of unknown shape: paths, deep comparison, and values left out of it. */

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path like `entry/0/resource`, undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split('/')) {
    if (Array.isArray(found)) found = (found as readonly unknown[])[Number(step)];
    else if (isObject(found)) found = found[step];
    else return undefined;
  }
  return found;
}

export const textAt = (value: unknown, path: string): string => {
  const found = at(value, path);
  return typeof found === 'string' ? found : '';
};

export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = path === '' ? value : at(value, path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

/** A copy without the members of these names, at any depth. */
export function without(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => without(item, names));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.map(([name, item]) => [name, without(item, names)]));
}

/** Where two values differ, as `path: actual, expected`; `{…}` in an expected text stands for anything. */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    const length = Math.max(actual.length, expected.length);
    return Array.from({ length }, (_, i) => differences(actual[i], expected[i], `${path}/${i}`)).flat();
  }
  if (isObject(actual) && isObject(expected)) {
    const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return [...names].flatMap((name) => differences(actual[name], expected[name], `${path}/${name}`));
  }
  if (actual === expected || isPattern(actual, expected)) return [];
  return [`${path || '/'}: ${JSON.stringify(actual) ?? 'absent'}, expected ${JSON.stringify(expected) ?? 'absent'}`];
}

function isPattern(actual: unknown, expected: unknown): boolean {
  if (typeof actual !== 'string' || typeof expected !== 'string' || !/\{\w+\}/.test(expected)) return false;
  const escaped = expected.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[^]+')}$`).test(actual);
}

/** The value with every leaf replaced by the name of its type: what is left is its shape. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item)]));
  return typeof value;
}
