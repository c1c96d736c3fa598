/** Matches a method and a path to a row; knows "no such path" from "not with this method". */

export type RouteRow<Handler> = readonly [method: string, pattern: string, handler: Handler];

export type RouteMatch<Handler> =
  | { readonly kind: 'found'; readonly handler: Handler; readonly parameters: readonly string[] }
  | { readonly kind: 'other-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'no-path' };

export function matchRoute<Handler>(
  rows: readonly RouteRow<Handler>[],
  method: string,
  segments: readonly string[],
): RouteMatch<Handler> {
  const allowed: string[] = [];
  for (const [wanted, pattern, handler] of rows) {
    const parameters = parametersOf(pattern.split('/'), segments);
    if (parameters === null) continue;
    if (wanted === method) return { kind: 'found', handler, parameters };
    allowed.push(wanted);
  }
  return allowed.length === 0 ? { kind: 'no-path' } : { kind: 'other-method', allowed: [...new Set(allowed)] };
}

function parametersOf(pattern: readonly string[], segments: readonly string[]): readonly string[] | null {
  if (pattern.length !== segments.length) return null;
  const parameters: string[] = [];
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part === '*') parameters.push(segment);
    else if (part !== segment) return null;
  }
  return parameters;
}

/** A row whose handler answers at once. */
export const openRoute = <Call>(
  method: string,
  pattern: string,
  handler: (call: Call) => Response,
): RouteRow<(call: Call) => Promise<Response>> => [method, pattern, (call) => Promise.resolve(handler(call))];
