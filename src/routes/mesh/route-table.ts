/** Matches a method and a path to a row; knows "no such path" from "not with this method". */

export type RouteRow<Handler> = readonly [method: string, pattern: string, handler: Handler];

export type RouteMatch<Handler> =
  | { readonly kind: 'found'; readonly handler: Handler; readonly parameters: readonly string[] }
  | { readonly kind: 'other-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'no-path' };

export interface RouteTable<Handler> {
  readonly rows: readonly { readonly method: string; readonly parts: readonly string[]; readonly handler: Handler }[];
}

/** Made once: patterns are taken apart before any request comes. */
export const routeTable = <Handler>(rows: readonly RouteRow<Handler>[]): RouteTable<Handler> => ({
  rows: rows.map(([method, pattern, handler]) => ({ method, parts: pattern.split('/'), handler })),
});

export function matchRoute<Handler>(
  { rows }: RouteTable<Handler>,
  wanted: string,
  segments: readonly string[],
): RouteMatch<Handler> {
  const allowed: string[] = [];
  for (const { method, parts, handler } of rows) {
    if (!fits(parts, segments)) continue;
    if (wanted === method) {
      return { kind: 'found', handler, parameters: segments.filter((_, index) => parts[index] === '*') };
    }
    allowed.push(method);
  }
  return allowed.length === 0 ? { kind: 'no-path' } : { kind: 'other-method', allowed: [...new Set(allowed)] };
}

const fits = (parts: readonly string[], segments: readonly string[]): boolean =>
  parts.length === segments.length && parts.every((part, index) => part === '*' || part === segments[index]);

/** A row whose handler answers at once. */
export const openRoute = <Call>(
  method: string,
  pattern: string,
  handler: (call: Call) => Response,
): RouteRow<(call: Call) => Promise<Response>> => [method, pattern, (call) => Promise.resolve(handler(call))];
