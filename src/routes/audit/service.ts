/** The audit service: its operations on one screen. Everybody who looks here leaves an entry as well. */
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { handleAlert, listAlerts } from './alerts.ts';
import { BASE_PATH, auditor, patient, refuse } from './call.ts';
import type { AuditCall } from './call.ts';
import { listJournals, verifyJournal } from './journals.ts';
import { ownRecord } from './own-record.ts';
import { refused } from './refusal-table.ts';
import { exportEvents, searchEvents } from './search-events.ts';

interface Operation {
  readonly method: string;
  readonly path: RegExp;
  run(call: AuditCall, parts: readonly string[]): Promise<Result>;
}

const OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: /^\/AuditEvent$/, run: searchEvents },
  { method: 'GET', path: /^\/AuditEvent\/(?:\$|%24)export$/, run: exportEvents },
  { method: 'GET', path: /^\/alerts$/, run: listAlerts },
  {
    method: 'POST',
    path: /^\/alerts\/([^/]+)\/(acknowledge|close)$/,
    run: (call, [id = '', verb = '']) => handleAlert(call, id, verb),
  },
  { method: 'GET', path: /^\/journals$/, run: listJournals },
  {
    method: 'GET',
    path: /^\/journals\/([a-z-]+\/\d{1,6})\/verify$/,
    run: (call, [name = '']) => verifyJournal(call, name),
  },
];

const OWN = '/me';

/** The token comes before everything: a stranger does not even learn which pages exist. */
async function handle(context: RequestContext, { query, suffix }: Routed): Promise<Outgoing> {
  const { method } = context;
  if (suffix === OWN && method === 'GET') {
    const call = await patient(context, query);
    return sent(context, isRefused(call) ? call : await ownRecord(call));
  }
  const call = await auditor(context, query);
  if (isRefused(call)) return refused(context, call);
  const matching = OPERATIONS.filter(({ path }) => path.test(suffix));
  const operation = matching.find((one) => one.method === method);
  if (operation !== undefined)
    return sent(context, await operation.run(call, operation.path.exec(suffix)?.slice(1) ?? []));
  const allowed = suffix === OWN ? ['GET'] : matching.map((one) => one.method);
  if (allowed.length === 0) return refused(context, refuse('not-found'));
  return refused(context, refuse('method-not-allowed'), allowed.join(', '));
}

const sent = (context: RequestContext, result: Result): Outgoing =>
  isRefused(result) ? refused(context, result) : respond(context, result);

export const audit: Service = {
  basePath: BASE_PATH,
  handle,
  broken: (context, reference) => refused(context, refuse('unknown-error', `Message ID: ${reference}`)),
};
