/** Role-based access: job roles and activities as one versioned table, and the rights that follow from it. */
import type { Command, Decision, RecordKind, View } from '../../engine/record-kind.ts';

export interface RbacTable {
  /** Code (R8000) to name. */
  readonly roles: Readonly<Record<string, string>>;
  /** Code (B0820) to name. */
  readonly activities: Readonly<Record<string, string>>;
  /** Activities that an activity includes. */
  readonly includes: Readonly<Record<string, readonly string[]>>;
  /** Activities that a job role has everywhere. */
  readonly baseline: Readonly<Record<string, readonly string[]>>;
}

interface LoadRbac extends Command {
  readonly name: 'load-rbac';
  readonly table: RbacTable;
}

export const RBAC_KEY = 'rbac';

function decide(state: RbacTable | null, { table }: LoadRbac): Decision<RbacTable> {
  if (state !== null && JSON.stringify(state) === JSON.stringify(table))
    return { kind: 'unchanged', reply: { body: '' } };
  return { kind: 'accepted', state: table, outbox: [], reply: { body: '' } };
}

export const rbacKind: RecordKind<RbacTable, LoadRbac> = {
  name: 'rbac-table',
  decode: ({ body }) => JSON.parse(body) as RbacTable,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'no-rbac-table' }),
};

/** The job role within a full code S8000:G8000:R8000, or null. */
export const jobRoleOf = (roleCode: string): string | null =>
  /^(?:S\d{4}:G\d{4}:)?(R\d{4})$/.exec(roleCode)?.[1] ?? null;

/** The national baseline of the role, what the organisation added, and whatever those include; sorted, each once. */
export function effectiveActivities(table: RbacTable, roleCode: string, added: readonly string[]): readonly string[] {
  const role = jobRoleOf(roleCode);
  const found = new Set<string>();
  const waiting = [...(role === null ? [] : (table.baseline[role] ?? [])), ...added];
  for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
    if (found.has(code)) continue;
    found.add(code);
    waiting.push(...(table.includes[code] ?? []));
  }
  return [...found].sort();
}
