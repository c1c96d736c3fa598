/** Which shape of answers a client asks for by its Accept header. */

export type ApiVersion = 1 | 2;

const VERSIONED = /^application\/vnd\.mesh\.v(\d+)\+json$/;

/** Null where the header names a MESH type that is none. */
export function apiVersion(accept: string | null): ApiVersion | null {
  const [first = ''] = (accept ?? '').split(';');
  const type = first.trim();
  if (!type.includes('vnd.mesh')) return 1;
  const version = VERSIONED.exec(type)?.[1];
  if (version === undefined) return null;
  return Number(version) > 1 ? 2 : 1;
}
