/** What operators do: bring records in, merge numbers, look at counters. Always behind the operator key, also where access is open. */
import type { Agent } from '../../engine/record-kind.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer, Outgoing } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import type { Routed, Service } from '../service.ts';
import { backUp, getSegment, listJournals, listSegments, restore, verifyJournal } from './durability.ts';
import { importPatients } from './import.ts';
import { mergePatients } from './merge.ts';
import { operatorStatus } from './status.ts';

type OperatorHandler = (context: RequestContext) => Promise<Answer>;

const HANDLERS: ReadonlyMap<string, OperatorHandler> = new Map([
  ['POST /import', importPatients],
  ['POST /merge', mergePatients],
  ['GET /status', operatorStatus],
  ['GET /journals', listJournals],
  ['POST /backup', backUp],
  ['POST /restore', restore],
  ['POST /verify-journal', verifyJournal],
  ['GET /segments', listSegments],
  ['GET /segment', getSegment],
]);

/** Whoever holds the operator key. */
const OPERATOR: Agent = { client: 'operator', mode: 'administration', rights: [] };
const BEARER = 'bearer ';

function isOperator(context: RequestContext): boolean {
  const header = context.request.headers.get('Authorization') ?? '';
  if (header.slice(0, BEARER.length).toLowerCase() !== BEARER) return false;
  return sameSecret(header.slice(BEARER.length).trim(), context.settings.operatorKey);
}

/** The key comes before everything: a stranger does not even learn which pages exist. */
async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  if (!isOperator(context)) return respond(context, json(401, { error: 'The operator key is missing or wrong' }));
  context.trace.agent = OPERATOR;
  const handler = HANDLERS.get(`${context.method} ${routed.suffix}`);
  return respond(context, handler === undefined ? json(404, { error: 'Not found' }) : await handler(context));
}

export const operator: Service = {
  basePath: '/operator',
  handle,
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
