/** The work list of privacy officers: what was raised at their organisation, acknowledged, and closed with a finding. */
import * as v from 'valibot';
import { mayHandleAlerts } from '../../domain/audit/audit-rights.ts';
import { FINDINGS, PRIVACY_ALERT, isEscalated, worklist } from '../../domain/audit/privacy-alerts.ts';
import type { AlertCommand, HandledAlert } from '../../domain/audit/privacy-alerts.ts';
import { alertKey } from '../../events/privacy-alert.ts';
import { readJson } from '../body.ts';
import { fingerprint } from '../fingerprint.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { BASE_PATH, noteLook, refuse } from './call.ts';
import type { AuditCall } from './call.ts';

const PAGE = 100;
const STATUSES = ['new', 'acknowledged', 'closed'] as const;
const ODS = /^[A-Za-z0-9]{3,10}$/;
const ALERT_ID = /^[0-9A-Za-z-]{1,64}$/;

const only = (call: AuditCall, name: string): string | undefined => {
  const value = call.query[name];
  return typeof value === 'string' ? value : undefined;
};

/** The organisation whose alerts are meant, or why not. */
function organizationOf(call: AuditCall): string | WireRefusal {
  const organization = only(call, 'organisation') ?? call.role.organization;
  if (!ODS.test(organization)) return refuse('INVALID_VALUE', "Invalid value in field 'organisation'");
  const refusal = mayHandleAlerts(call.role, organization);
  return refusal === null ? organization : refuse(refusal);
}

const shown = (alert: HandledAlert, now: number) => ({ ...alert, escalated: isEscalated(alert, now) });

export async function listAlerts(call: AuditCall): Promise<Answer | WireRefusal> {
  const { context } = call;
  const organization = organizationOf(call);
  if (typeof organization !== 'string') return organization;
  const asked = only(call, 'status') ?? 'new';
  const status = STATUSES.find((one) => one === asked);
  if (status === undefined) return refuse('INVALID_VALUE', "Invalid value in field 'status'");
  if (!(await noteLook(call, 'list-alerts', ''))) return { kind: 'refused', code: 'timeout', retryAfterSeconds: 5 };
  const after = only(call, '_after') ?? '';
  const home = `alert/${organization}`;
  const listed = await context.spine.identity.listed(home, {
    kind: PRIVACY_ALERT,
    list: worklist(organization, status),
    after,
    limit: PAGE,
  });
  const alerts = listed.map(({ body }) => shown(JSON.parse(body) as HandledAlert, context.now));
  const last = listed.length === PAGE ? listed.at(-1)?.position : undefined;
  const query = `organisation=${organization}&status=${status}`;
  return json(200, {
    organisation: organization,
    status,
    alerts,
    next: last === undefined ? null : `${context.origin}${BASE_PATH}/alerts?${query}&_after=${last}`,
  });
}

const CLOSE = v.object({ finding: v.picklist(FINDINGS) });

async function commandOf(call: AuditCall, verb: string): Promise<AlertCommand | WireRefusal> {
  if (verb === 'acknowledge') return { name: 'acknowledge-alert' };
  const body = await readJson(call.context.request);
  const parsed = body.kind === 'json' ? v.safeParse(CLOSE, body.value) : null;
  if (parsed?.success !== true) return refuse('INVALID_VALUE', `'finding' must be one of ${FINDINGS.join(', ')}`);
  return { name: 'close-alert', finding: parsed.output.finding };
}

/** POST /alerts/{id}/acknowledge and /alerts/{id}/close */
export async function handleAlert(call: AuditCall, id: string, verb: string): Promise<Answer | WireRefusal> {
  const { agent, context, requestId } = call;
  const organization = organizationOf(call);
  if (typeof organization !== 'string') return organization;
  if (!ALERT_ID.test(id)) return refuse('unknown-alert');
  const command = await commandOf(call, verb);
  if ('kind' in command) return command;
  const key = alertKey({ organization, id });
  const target = context.request.url.slice(context.origin.length);
  const print = fingerprint({ method: context.method, target, ifMatch: null, body: JSON.stringify(command) });
  context.trace.noted = true;
  const ask = { agent, requestId, fingerprint: print };
  const outcome = await context.spine.identity.submit(PRIVACY_ALERT, key, command, ask);
  if (outcome.kind === 'refused') return outcome;
  if (outcome.kind !== 'replied') return { kind: 'refused', code: 'timeout', retryAfterSeconds: 5 };
  return json(200, shown(JSON.parse(outcome.body) as HandledAlert, context.now));
}
