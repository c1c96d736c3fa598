/**
 * Every request leaves an entry. What reached a record left it there; everything else, above all what was refused at the
 * edge, is written into the journal of an identity actor here: one place for all services.
 */
import { isNhsNumber } from '../nhs/nhs-number.ts';
import type { Agent } from '../engine/record-kind.ts';
import { likelyRole, organizationOf } from './agent.ts';
import type { Grant } from './grant.ts';
import { isRequestId } from './request-context.ts';
import type { RequestContext } from './request-context.ts';

/** Remembers who was let in, so that a refusal further on can name him. */
export function noteAdmission({ trace }: RequestContext, grant: Grant): void {
  trace.grant = grant;
}

/** Who was let in with this request, where access is enforced. */
export const admittedGrant = ({ trace }: RequestContext): Grant | undefined => trace.grant;

/** Pages that tell nothing about anybody. */
const PAGE = /\/(?:_ping|_status|health|healthcheck|deepping)$/;

/** Refused for load: an entry of its own would make the load worse. They are counted. */
const FOR_LOAD = new Set([408, 429, 503, 504]);

export interface Answered {
  readonly basePath: string;
  readonly status: number;
}

/** To be called when a request was answered, before the answer goes out. */
export async function noteAnswer(context: RequestContext, { basePath, status }: Answered): Promise<void> {
  const { trace, method } = context;
  if (trace.noted || FOR_LOAD.has(status)) return;
  if (status < 400 && (method === 'OPTIONS' || PAGE.test(pathOf(context)))) return;
  const told = { name: `${method} ${basePath}`, outcome: String(status) };
  if (status < 400) await note(context, 'edge-access', { name: told.name, code: told.outcome });
  else await note(context, 'denial', { name: 'note-denial', code: `${told.name} ${told.outcome}` });
}

const pathOf = ({ request, origin }: RequestContext): string => request.url.slice(origin.length).split('?', 1)[0] ?? '';

/** The one patient that the address names, or null. */
function patientIn({ request, origin }: RequestContext): string | null {
  const [number, another] = new Set(request.url.slice(origin.length).match(/(?<!\d)\d{10}(?!\d)/g) ?? []);
  return number !== undefined && another === undefined && isNhsNumber(number) ? number : null;
}

/** The id of the request, kept apart from the ids under which effects are remembered. */
const requestIdOf = ({ requestId }: RequestContext): string =>
  requestId !== null && isRequestId(requestId) ? `edge:${requestId}` : `edge:${crypto.randomUUID()}`;

interface Note {
  readonly name: string;
  readonly code: string;
}

/** Whether it can be written or not, the answer stands. */
async function note(context: RequestContext, kind: 'denial' | 'edge-access', command: Note): Promise<void> {
  const { trace } = context;
  trace.noted = true;
  const requestId = requestIdOf(context);
  // What strangers send is spread over the actors: it must not pile up in one. What members send lies by the patient.
  const place = (trace.grant === undefined ? null : patientIn(context)) ?? requestId.slice(5, 9).toLowerCase();
  const agent = trace.agent ?? agentOf(context, trace.grant);
  await context.spine.identity.submit(kind, `denial/${place}`, command, { agent, requestId }).catch(() => undefined);
}

function agentOf(context: RequestContext, grant: Grant | undefined): Agent {
  const { settings } = context;
  if (grant === undefined) return { client: settings.access === 'open' ? 'open' : 'unknown', mode: 'edge', rights: [] };
  const role = likelyRole(context, grant);
  const organization = organizationOf(context, grant, role);
  return {
    client: grant.app.id,
    mode: 'edge',
    rights: [],
    ...(grant.user === undefined ? {} : { user: grant.user }),
    ...(role === undefined ? {} : { role }),
    ...(organization === undefined ? {} : { organization }),
    ...(grant.authentication === undefined ? {} : { authentication: grant.authentication }),
    ...(grant.actor === undefined ? {} : { actor: grant.actor }),
  };
}
