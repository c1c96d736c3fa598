/** GET /AuditEvent, as a searchset, and GET /AuditEvent/$export, as NDJSON: the same search in two forms. */
import { auditEvent } from '../../domain/audit/audit-event.ts';
import { isNational, mayAudit } from '../../domain/audit/audit-rights.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { BASE_PATH, noteLook, refuse } from './call.ts';
import type { AuditCall } from './call.ts';
import { searchWish } from './search-wish.ts';
import type { SearchWish } from './search-wish.ts';
import { cursorText, searchTrails } from './trail-search.ts';
import type { Cursor, Found } from './trail-search.ts';

/** Lines of one answer: some 5 MB. */
const EXPORT_MOST = 5_000;
const UNAVAILABLE: WireRefusal = { kind: 'refused', code: 'timeout', retryAfterSeconds: 5 };

/** An auditor of one organisation sees the entries of that organisation, whatever is asked for. */
async function found(
  call: AuditCall,
  action: string,
  most: number,
): Promise<{ wish: SearchWish; found: Found } | WireRefusal> {
  const { context, role } = call;
  const wish = searchWish(call.query, { most });
  if ('kind' in wish) return wish;
  const refusal = mayAudit(role, wish.organization);
  if (refusal !== null) return refuse(refusal);
  const { patient, user, organization } = wish;
  if (patient === undefined && user === undefined && organization === undefined && !isNational(role))
    return refuse('MISSING_VALUE', "Missing value - 'patient' or 'agent'");
  const within = isNational(role) ? wish : { ...wish, organization: role.organization };
  if (!(await noteLook(call, action, patient ?? ''))) return UNAVAILABLE;
  const result = await searchTrails(context.spine.trails, within, wish.cursor);
  return result === null ? UNAVAILABLE : { wish, found: result };
}

function linkTo({ context, query }: AuditCall, path: string, cursor: Cursor): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of value === undefined ? [] : typeof value === 'string' ? [value] : value)
      if (name !== '_cursor') search.append(name, one);
  search.append('_cursor', cursorText(cursor));
  return `${context.origin}${BASE_PATH}${path}?${search.toString()}`;
}

export async function searchEvents(call: AuditCall): Promise<Answer | WireRefusal> {
  const result = await found(call, 'search-audit', 500);
  if ('kind' in result) return result;
  const { facts, next } = result.found;
  const entry = facts.map((fact) => {
    const resource = auditEvent(fact);
    return {
      fullUrl: `${call.context.origin}${BASE_PATH}/AuditEvent/${resource.id}`,
      resource,
      search: { mode: 'match' },
    };
  });
  const link = next === null ? {} : { link: [{ relation: 'next', url: linkTo(call, '/AuditEvent', next) }] };
  const bundle = { resourceType: 'Bundle', type: 'searchset', timestamp: new Date(call.context.now).toISOString() };
  return { status: 200, body: JSON.stringify({ ...bundle, ...link, entry }), contentType: FHIR_JSON };
}

/** Further lines stand behind the link of the header. */
export async function exportEvents(call: AuditCall): Promise<Answer | WireRefusal> {
  const query = { _count: String(EXPORT_MOST), ...call.query };
  const result = await found({ ...call, query }, 'export-audit', EXPORT_MOST);
  if ('kind' in result) return result;
  const { facts, next } = result.found;
  return {
    status: 200,
    body: facts.map((fact) => `${JSON.stringify(auditEvent(fact))}\n`).join(''),
    contentType: 'application/fhir+ndjson',
    ...(next === null ? {} : { headers: { Link: `<${linkTo(call, '/AuditEvent/$export', next)}>; rel="next"` } }),
  };
}
