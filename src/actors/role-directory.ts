/** Job roles by role profile id: out of the worker's registration, else out of the deployment's settings. */
import { workerKey } from '../domain/identity/worker.ts';
import type { Worker } from '../domain/identity/worker.ts';
import type { Env } from './environment.ts';
import { identityShards } from './identity-shards.ts';
import type { RoleDirectory } from './stubs.ts';

export function roleDirectory(env: Env): RoleDirectory {
  const codes = new Map(Object.entries(JSON.parse(env.ROLE_CODES || '{}') as Record<string, string>));
  const registered = async (roleProfile: string, user: string): Promise<string | null> => {
    const outcome = await identityShards(env).look('worker', workerKey(user));
    if (outcome.kind !== 'replied') return null;
    const { roles } = JSON.parse(outcome.body) as Worker;
    return roles.find(({ person_roleid: id }) => id === roleProfile)?.role_code ?? null;
  };
  return {
    jobRole: async (roleProfile, user) =>
      (user === undefined ? null : await registered(roleProfile, user)) ?? codes.get(roleProfile) ?? null,
  };
}
