/** Job roles by role profile id, out of the deployment's settings: the place of the identity service until it is there. */
import type { Env } from './environment.ts';
import type { RoleDirectory } from './stubs.ts';

export function roleDirectory(env: Env): RoleDirectory {
  const codes = new Map(Object.entries(JSON.parse(env.ROLE_CODES || '{}') as Record<string, string>));
  return { jobRole: (roleProfile) => Promise.resolve(codes.get(roleProfile) ?? null) };
}
