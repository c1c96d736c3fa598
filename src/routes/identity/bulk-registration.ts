/** Registers many workers in one call: three steps over all rows, each one call per shard, each idempotent by row key. */
import type { KeyedCommand } from '../../actors/stubs.ts';
import type { BadRow, BulkRow } from '../../domain/identity/bulk-rows.ts';
import { effectiveActivities } from '../../domain/identity/rbac.ts';
import type { RbacTable } from '../../domain/identity/rbac.ts';
import { workerKey } from '../../domain/identity/worker.ts';
import type { Outcome } from '../../engine/envelope.ts';
import type { Agent } from '../../engine/record-kind.ts';
import type { RequestContext } from '../request-context.ts';
import { standingOf } from '../standing.ts';
import { shortDigest, twelveDigits } from './digests.ts';

export interface RowResult {
  readonly row: number;
  readonly key: string;
  readonly outcome: 'registered' | 'unchanged' | 'failed';
  readonly user?: string;
  readonly role_profile?: string;
  readonly reason?: string;
}

export interface BulkWish {
  readonly organization: string;
  readonly rows: readonly BulkRow[];
  readonly agent: Agent;
  readonly rbac: RbacTable | null;
}

interface Wanted {
  readonly row: BulkRow;
  uid: string;
  roleId: string;
  changed: boolean;
  reason: string | null;
}

/** Two persons whose numbers fall together are told apart by the next number. */
const ATTEMPTS = 4;

export async function registerAll(context: RequestContext, wish: BulkWish): Promise<readonly RowResult[]> {
  const { organization, rows } = wish;
  const wanted = rows.map((row) => numbered(organization, row, 0));
  await step(context, wish, wanted, ({ row, uid }) => registration(organization, row, uid));
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const taken = wanted.filter(({ reason }) => reason === 'known-worker');
    if (taken.length === 0) break;
    for (const one of taken) Object.assign(one, numbered(organization, one.row, attempt));
    await step(context, wish, taken, ({ row, uid }) => registration(organization, row, uid));
  }
  await step(context, wish, wanted, ({ row, uid }) => ({
    kind: 'person-claim',
    key: personKey(row),
    command: { name: 'claim-person', uid },
  }));
  await step(context, wish, wanted, ({ row, uid, roleId }) => assignment(wish, row, { uid, roleId }));
  for (const { uid } of wanted) standingOf(context.spine.identity).forget(workerKey(uid));
  return wanted.map(({ row, uid, roleId, changed, reason }) => ({
    row: row.row,
    key: row.key,
    ...(reason === null
      ? { outcome: changed ? ('registered' as const) : ('unchanged' as const), user: uid, role_profile: roleId }
      : { outcome: 'failed' as const, reason }),
  }));
}

/** The number follows from organisation and row key, so a repeat meets its own first attempt. */
function numbered(organization: string, row: BulkRow, attempt: number): Wanted {
  const uid = twelveDigits(`${organization}\n${row.key}\n${attempt}`);
  return { row, uid, roleId: twelveDigits(`${uid}\n${organization}\n${row.roleCode}`), changed: false, reason: null };
}

const personKey = ({ givenName, familyName, birthDate, nationalInsurance }: BulkRow): string =>
  `person/${shortDigest(nationalInsurance === '' ? `${givenName.toLowerCase()}\n${familyName.toLowerCase()}\n${birthDate}` : nationalInsurance)}`;

type Unasked = Omit<KeyedCommand, 'requestId'>;

function registration(organization: string, row: BulkRow, uid: string): Unasked {
  const { givenName: given_name, familyName: family_name, birthDate: birthdate } = row;
  const profile = {
    name: `${given_name} ${family_name}`,
    given_name,
    family_name,
    birthdate,
    registered_as: `${organization}/${row.key}`,
  };
  const command = { name: 'register-worker', uid, profile };
  return { kind: 'worker', key: workerKey(uid), command };
}

function assignment({ organization, rbac }: BulkWish, row: BulkRow, ids: { uid: string; roleId: string }): Unasked {
  const role = roleProfile(
    { organization, roleCode: row.roleCode, activities: row.activities, roleId: ids.roleId },
    rbac,
  );
  const command = {
    name: 'assign-role',
    role: {
      ...role,
      ...(row.from === undefined ? {} : { from: row.from }),
      ...(row.to === undefined ? {} : { to: row.to }),
    },
  };
  return { kind: 'worker', key: workerKey(ids.uid), command };
}

/** Effective rights are worked out when the role is given, and stand with it. */
export function roleProfile(
  wanted: {
    readonly organization: string;
    readonly roleCode: string;
    readonly activities: readonly string[];
    readonly roleId: string;
  },
  rbac: RbacTable | null,
) {
  const codes = rbac === null ? wanted.activities : effectiveActivities(rbac, wanted.roleCode, wanted.activities);
  const job = /R\d{4}$/.exec(wanted.roleCode)?.[0] ?? '';
  return {
    person_orgid: twelveDigits(wanted.organization),
    person_roleid: wanted.roleId,
    org_code: wanted.organization,
    role_code: wanted.roleCode,
    role_name: `"${rbac?.roles[job] ?? job}"`,
    activities: codes.map((code) => rbac?.activities[code] ?? code),
    activity_codes: codes,
  };
}

async function step(
  context: RequestContext,
  { agent }: BulkWish,
  wanted: readonly Wanted[],
  make: (one: Wanted) => Unasked,
): Promise<void> {
  const open = wanted.filter(({ reason }) => reason === null);
  const commands = open.map((one) => ({ ...make(one), requestId: crypto.randomUUID() }));
  const outcomes = await context.spine.identity.submitMany(commands, agent);
  open.forEach((one, at) => {
    const outcome: Outcome | undefined = outcomes[at];
    if (outcome?.kind === 'replied') one.changed ||= outcome.effect === 'accepted';
    else if (outcome?.kind !== 'refused') one.reason = 'unavailable';
    else one.reason = outcome.diagnostics === undefined ? outcome.code : `${outcome.code}: ${outcome.diagnostics}`;
  });
}

export const failedRow = ({ row, reason }: BadRow): RowResult => ({ row, key: '', outcome: 'failed', reason });
