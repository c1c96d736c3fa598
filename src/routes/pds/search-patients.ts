/** GET /Patient?…: the national index proposes, the shards decide, the limits of the access mode have the last word. */
import { parseSearch } from '../../domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../domain/pds/search-criteria.ts';
import { candidateTokens, prefilter } from '../../domain/pds/search-index.ts';
import { refuse } from '../../domain/pds/refusals.ts';
import type { MatchPatient } from '../../domain/pds/commands.ts';
import type { Outcome } from '../../engine/envelope.ts';
import { searchset } from '../../fhir/bundle.ts';
import { MAX_RECORDS_ASKED } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import type { AccessMode } from './access-modes.ts';
import { addressOf, answered, DEMOGRAPHICS, isRefused } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { recentWrites } from './recent-writes.ts';

const TOO_MANY = refuse('TOO_MANY_MATCHES');

export async function searchPatients(call: PdsCall): Promise<Result> {
  const { context } = call;
  const asked = parseSearch(parametersOf(context));
  if ('kind' in asked) return asked;
  const criteria = withinMode(asked, call.mode);
  const keys = await candidates(call, criteria);
  if (isRefused(keys)) return keys;
  if (keys.length > MAX_RECORDS_ASKED) return TOO_MANY;
  const hits = keys.length === 0 ? [] : await matches(call, keys, criteria);
  if (isRefused(hits)) return hits;
  if (hits.length > criteria.maxResults) return TOO_MANY;
  return { status: 200, body: bundle(context, hits), contentType: FHIR_JSON };
}

function parametersOf(context: RequestContext): URLSearchParams {
  const { url } = context.request;
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

/** An application without a user may be told of one person only; what it asked for was checked at the door. */
const withinMode = (criteria: SearchCriteria, mode: AccessMode): SearchCriteria =>
  mode === 'application-restricted' || mode === 'privileged-application-restricted'
    ? { ...criteria, maxResults: 1 }
    : criteria;

/** The caller's own latest writes are candidates whatever the index shows of them yet. */
async function candidates(
  { context, agent }: PdsCall,
  criteria: SearchCriteria,
): Promise<readonly string[] | WireRefusal> {
  const found = await context.spine.search.candidates(candidateTokens(criteria));
  // The client may come back: the records are safe in their shards.
  if ('kind' in found) return found.reason === 'overloaded' ? unavailable(found) : { kind: 'refused', code: 'timeout' };
  if (found.tooMany) return TOO_MANY;
  const own = recentWrites.candidates(agent.client, criteria, context.now);
  const keys = found.candidates.filter(({ document }) => prefilter(document, criteria)).map(({ key }) => key);
  return own.length === 0 ? keys : [...new Set([...keys, ...own])];
}

interface Hit {
  readonly key: string;
  readonly score: number;
  readonly resource: string;
}

/** Asks the records themselves: the index may lag behind. Half a result is no result. */
async function matches(
  call: PdsCall,
  keys: readonly string[],
  criteria: SearchCriteria,
): Promise<readonly Hit[] | WireRefusal> {
  const { agent, context, requestId } = call;
  const query: MatchPatient = { name: 'match-patient', criteria };
  const options = { agent, requestId, purpose: 'access', priority: 'bulk' } as const;
  if (keys.length > 0) context.trace.noted = true;
  const outcomes = await context.spine.patients.readMany(DEMOGRAPHICS, keys, query, options);
  const missing = outcomes.find((outcome) => outcome.kind === 'unavailable');
  if (missing !== undefined) return unavailable(missing);
  const hits = outcomes.flatMap((outcome, index) => hitOf(keys[index], outcome));
  return hits.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

function unavailable(outcome: Outcome): WireRefusal {
  const result = answered(outcome, (replied) => ({ status: 200, body: replied.body, contentType: FHIR_JSON }));
  return isRefused(result) ? result : { kind: 'refused', code: 'unknown-error' };
}

function hitOf(key: string | undefined, outcome: Outcome): readonly Hit[] {
  if (key === undefined || outcome.kind !== 'replied') return [];
  return [{ key, score: Number(outcome.attributes?.['score'] ?? '0'), resource: outcome.body }];
}

function bundle(context: RequestContext, hits: readonly Hit[]): string {
  const entries = hits.map(({ key, score, resource }) => ({
    fullUrl: addressOf(context, `/Patient/${key}`),
    score,
    resource,
  }));
  return searchset({ now: context.now, entries });
}
