/** Who may register whom: the ladder of registration-authority roles, and the organisation that each stands for. */
import { jobRoleOf } from './rbac.ts';
import type { RoleProfile } from './worker.ts';

const ROOT = 'R5072';
const MANAGER = 'R5080';
const AGENT = 'R5090';

/** Higher may grant lower; an agent grants none of these. */
const RANK: Readonly<Record<string, number>> = { [AGENT]: 1, [MANAGER]: 2, [ROOT]: 3 };

const rankOf = (roleCode: string): number => RANK[jobRoleOf(roleCode) ?? ''] ?? 0;

export type RightsRefusal = 'no-registration-role' | 'other-organisation' | 'higher-role';

/** Null: may act for this organisation. */
export function mayRegister(acting: RoleProfile | undefined, organization: string): RightsRefusal | null {
  if (acting === undefined || rankOf(acting.role_code) === 0) return 'no-registration-role';
  return acting.org_code === organization || jobRoleOf(acting.role_code) === ROOT ? null : 'other-organisation';
}

/** Null: may give this role there. */
export function mayGrant(
  acting: RoleProfile | undefined,
  role: { readonly organization: string; readonly roleCode: string },
): RightsRefusal | null {
  const refusal = mayRegister(acting, role.organization);
  if (refusal !== null || acting === undefined) return refusal;
  const wanted = rankOf(role.roleCode);
  return wanted > 0 && wanted >= rankOf(acting.role_code) ? 'higher-role' : null;
}
