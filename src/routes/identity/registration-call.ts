/** One act at the registration authority: who acts, what is asked in the body, and rows on their way to registration. */
import * as v from 'valibot';
import { csvRows, ndjsonRows } from '../../domain/identity/bulk-rows.ts';
import type { BulkRow } from '../../domain/identity/bulk-rows.ts';
import { mayGrant } from '../../domain/identity/registration-rights.ts';
import type { RightsRefusal } from '../../domain/identity/registration-rights.ts';
import { rolesAt } from '../../domain/identity/worker.ts';
import type { RoleProfile } from '../../domain/identity/worker.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { admit } from '../access.ts';
import { readJson } from '../body.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { failedRow, registerAll } from './bulk-registration.ts';
import type { RowResult } from './bulk-registration.ts';
import { rbacTable, worker } from './directory.ts';

/** Who acts: a worker of aal3 in one role. */
export interface Actor {
  readonly agent: Agent;
  readonly role: RoleProfile;
}

export interface Act {
  readonly context: RequestContext;
  readonly actor: Actor;
  readonly requestId: string;
}

export const problem = (status: number, error: string): Answer => json(status, { error });

const AAL3 = /^user \S+ \S*nhs-cis2 aal3$/;

/** Token, level, role: in this order. */
export async function actorOf(context: RequestContext): Promise<Actor | Answer> {
  const grant = await admit(context);
  if (grant.kind === 'refused')
    return problem(
      grant.code === 'timeout' ? 503 : grant.code === 'rate-limited' ? 429 : 401,
      grant.diagnostics ?? 'unauthorised',
    );
  const { user, authentication = '' } = grant;
  if (user === undefined || !AAL3.test(authentication)) return problem(403, 'level-too-low');
  const person = await worker(context, user);
  const roles = person === null ? [] : rolesAt(person, context.now);
  const told = context.request.headers.get('NHSD-Session-URID');
  const role =
    told === null ? (roles.length === 1 ? roles[0] : undefined) : roles.find((one) => one.person_roleid === told);
  if (role === undefined) return problem(403, 'no-such-role');
  const agent: Agent = {
    client: grant.app.id,
    mode: 'registration-authority',
    user,
    role: role.person_roleid,
    organization: role.org_code,
    rights: [],
    authentication,
  };
  return { agent, role };
}

export async function bodyOf<T>(context: RequestContext, schema: v.GenericSchema<unknown, T>): Promise<T | Answer> {
  const body = await readJson(context.request);
  if (body.kind === 'fault') return problem(400, `The body is ${body.fault}`);
  const parsed = v.safeParse(schema, body.value);
  return parsed.success
    ? parsed.output
    : problem(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'}: ${parsed.issues[0].message}`);
}

export const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'contentType' in value;

export const refusedBy = (refusal: RightsRefusal | null): Answer | null =>
  refusal === null ? null : problem(403, refusal);

/** The rows that may be registered, and what is to be told of the others. */
export interface ReadRows {
  readonly rows: readonly BulkRow[];
  readonly failed: readonly RowResult[];
}

export function readRows(
  { actor }: Act,
  organization: string,
  { text, type }: { text: string; type: string },
): ReadRows {
  const read = type === 'text/csv' ? csvRows(text) : ndjsonRows(text);
  if (read === null)
    return { rows: [], failed: [failedRow({ row: 0, reason: 'the header must name key and role_code' })] };
  const bad = read.flatMap((row) => ('reason' in row ? [failedRow(row)] : []));
  const good = read.flatMap((row) => ('reason' in row ? [] : [row]));
  const may = ({ roleCode }: BulkRow) => mayGrant(actor.role, { organization, roleCode }) === null;
  const forbidden = good
    .filter((row) => !may(row))
    .map(({ row, key }) => ({ row, key, outcome: 'failed' as const, reason: 'higher-role' }));
  return { rows: good.filter(may), failed: [...bad, ...forbidden] };
}

export async function registerRows(act: Act, organization: string, sent: { text: string; type: string }) {
  const { actor, context } = act;
  const { failed, rows } = readRows(act, organization, sent);
  if (rows.length > 0) context.trace.noted = true;
  const wish = { organization, rows, agent: actor.agent, rbac: await rbacTable(context) };
  return [...(await registerAll(context, wish)), ...failed].sort((a, b) => a.row - b.row);
}
