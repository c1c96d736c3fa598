/** GET /journals and /journals/{class}/{shard}/verify: whether a journal is what it was, told to national auditors. */
import { isNational, mayAudit } from '../../domain/audit/audit-rights.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { noteLook, refuse } from './call.ts';
import type { AuditCall } from './call.ts';

const UNAVAILABLE: WireRefusal = { kind: 'refused', code: 'timeout', retryAfterSeconds: 5 };

/** Journals hold the entries of all organisations. */
function mayVerify({ role }: AuditCall): WireRefusal | null {
  const refusal = mayAudit(role, undefined) ?? (isNational(role) ? null : 'other-organisation');
  return refusal === null ? null : refuse(refusal);
}

export async function listJournals(call: AuditCall): Promise<Answer | WireRefusal> {
  const refused = mayVerify(call);
  if (refused !== null) return refused;
  if (!(await noteLook(call, 'list-journals', ''))) return UNAVAILABLE;
  const journals = call.context.spine.trails.sources().map(({ className, shard }) => `${className}/${shard}`);
  return json(200, { journals });
}

const HASH = /^[0-9a-f]{64}$/;

/** Goes on behind `after` and `hash`, as the last answer told them. */
export async function verifyJournal(call: AuditCall, name: string): Promise<Answer | WireRefusal> {
  const { context, query } = call;
  const refused = mayVerify(call);
  if (refused !== null) return refused;
  const { trails } = context.spine;
  const source = trails.sources().find(({ className, shard }) => `${className}/${shard}` === name);
  if (source === undefined) return refuse('not-found');
  const { after, hash } = query;
  const whole = after === undefined && hash === undefined;
  const sound = typeof after === 'string' && /^\d{1,15}$/.test(after) && typeof hash === 'string' && HASH.test(hash);
  if (!whole && !sound) return refuse('INVALID_VALUE', "'after' and 'hash' stand together");
  if (!(await noteLook(call, 'verify-journal', ''))) return UNAVAILABLE;
  const report = await trails.verify(source, sound ? { seq: Number(after), hash } : null);
  return report === null ? UNAVAILABLE : json(200, { ...report, sound: report.brokenAt === null });
}
