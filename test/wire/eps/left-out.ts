/** Published examples that no request to a running server brings about, and what shows them instead. */

export const LEFT_OUT: readonly { readonly path: string; readonly reason: string }[] = [];
