/** Bulk registration with polling: 202 at once, the work behind the answer, progress and results to be asked for. */
import { BULK_CHUNK, chunkKey, jobHome, jobList } from '../../domain/identity/bulk-job.ts';
import type { BulkChunk } from '../../domain/identity/bulk-job.ts';
import { mayRegister } from '../../domain/identity/registration-rights.ts';
import { mediaType, readText } from '../body.ts';
import { IMPORT_TIMEOUT_MS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query } from '../service.ts';
import { registerAll } from './bulk-registration.ts';
import type { RowResult } from './bulk-registration.ts';
import { randomName, shortDigest } from './digests.ts';
import { rbacTable } from './directory.ts';
import { problem, readRows, refusedBy } from './registration-call.ts';
import type { Act } from './registration-call.ts';

/** Rows of one piece, after which progress shows. */
const PIECE = 50;
/** Rows registered at once: some 10 ms of work, which is what others may have to wait behind. */
const STEP = 10;
/** A step has its slot of time and leaves the rest of it to others; a whole rotation day still takes half a minute. */
const SLOT_MAX_MS = 100;
const JOB_MS = 30_000;
const PIECES_MAX = MAX_IMPORT_LINES / PIECE + 1;
/** A job without progress for this long has lost its worker; whoever asks next takes it up. */
const STALLED_MS = 15_000;
const PATH = '/care-identity/registration-authority/v1/bulk-jobs';

export async function addBulkJob(act: Act, query: Query): Promise<Answer> {
  const { actor, context, requestId } = act;
  const { request } = context;
  const organization = typeof query['organisation'] === 'string' ? query['organisation'] : actor.role.org_code;
  const type = mediaType(request.headers.get('Content-Type'));
  if (type !== 'text/csv' && type !== 'application/x-ndjson') return problem(415, 'text/csv or application/x-ndjson');
  const refused = refusedBy(mayRegister(actor.role, organization));
  if (refused !== null) return refused;
  const body = await readText(request, { bytes: MAX_IMPORT_BYTES, milliseconds: IMPORT_TIMEOUT_MS });
  if (body.kind === 'fault') return problem(body.fault === 'too-large' ? 413 : 400, `The body is ${body.fault}`);
  if (body.text.split('\n').length > MAX_IMPORT_LINES) return problem(413, `At most ${MAX_IMPORT_LINES} rows`);
  const { failed, rows } = readRows(act, organization, { text: body.text, type });
  if (rows.length + failed.length === 0) return problem(400, 'empty');
  const job = shortDigest(`${actor.agent.user}\n${context.requestId === null ? randomName(20) : requestId}`);
  const chunks: BulkChunk[] = [];
  for (let first = 0; first === 0 || first < rows.length; first += PIECE) {
    const refusedRows = first === 0 ? failed : [];
    const piece = rows.slice(first, first + PIECE);
    const number = chunks.length;
    chunks.push({
      job,
      number,
      organization,
      agent: actor.agent,
      rows: piece,
      refused: refusedRows,
      results: null,
      at: 0,
    });
  }
  if (!(await kept(context, chunks))) return { ...problem(503, 'unavailable'), retryAfterSeconds: 5 };
  await behind(context, work(context, chunks));
  return { ...json(202, { id: job, ...progress(chunks) }), headers: { Location: `${context.origin}${PATH}/${job}` } };
}

async function kept({ spine, trace }: RequestContext, chunks: readonly BulkChunk[]): Promise<boolean> {
  const [first] = chunks;
  if (first === undefined) return false;
  const commands = chunks.map((chunk) => ({
    kind: BULK_CHUNK,
    key: chunkKey(chunk.job, chunk.number),
    requestId: crypto.randomUUID(),
    command: {
      name: 'put-chunk',
      chunk,
    },
  }));
  trace.noted = true;
  const outcomes = await spine.identity.submitMany(commands, first.agent);
  return outcomes.every(({ kind }) => kind === 'replied');
}

/** Where nothing keeps the isolate alive behind the answer, the answer waits for the work. */
async function behind({ later }: RequestContext, job: Promise<void>): Promise<void> {
  if (later === undefined) await job;
  else later(job);
}

/** Piece by piece; a piece done twice, by two who took the job up, changes nothing the second time. */
async function work(context: RequestContext, chunks: readonly BulkChunk[]): Promise<void> {
  const rbac = await rbacTable(context);
  for (const { agent, job, number, organization, refused, results, rows } of chunks) {
    if (results !== null) continue;
    const slot = Math.min(SLOT_MAX_MS, (JOB_MS * STEP) / (PIECE * chunks.length));
    const made: RowResult[] = [];
    for (let first = 0; first < rows.length; first += STEP) {
      const began = Date.now();
      made.push(...(await registerAll(context, { organization, rows: rows.slice(first, first + STEP), agent, rbac })));
      const left = slot - (Date.now() - began);
      // Whoever is waited for does not wait, nor does the last piece.
      const paced = context.later !== undefined && number + 1 < chunks.length;
      if (paced && left > 0) await new Promise((resolve) => void setTimeout(resolve, left));
    }
    const all = [...made, ...refused].sort((a, b) => a.row - b.row);
    // Not done is not finished: the piece is taken up again.
    if (all.some(({ reason }) => reason === 'unavailable')) continue;
    const command = { name: 'finish-chunk', results: all };
    await context.spine.identity.submit(BULK_CHUNK, chunkKey(job, number), command, {
      agent,
      requestId: crypto.randomUUID(),
    });
  }
}

function progress(chunks: readonly BulkChunk[]) {
  const results = chunks.flatMap((chunk) => chunk.results ?? []);
  const count = (outcome: string): number => results.filter((result) => result.outcome === outcome).length;
  const waiting = chunks.reduce(
    (sum, { refused, results: made, rows }) => sum + (made === null ? rows.length + refused.length : 0),
    0,
  );
  return {
    status: chunks.every((chunk) => chunk.results !== null) ? 'completed' : 'running',
    total: results.length + waiting,
    done: results.length,
    registered: count('registered'),
    unchanged: count('unchanged'),
    failed: count('failed'),
  };
}

const ID = /^[A-Za-z0-9_-]{22}$/;

export async function onBulkJob({ actor, context }: Act, id: string, [part, more]: readonly string[]): Promise<Answer> {
  if (!ID.test(id) || more !== undefined || (part !== undefined && part !== 'results'))
    return problem(404, 'unknown-job');
  const listed = await context.spine.identity.listed(jobHome(id), {
    kind: BULK_CHUNK,
    list: jobList(id),
    after: '',
    limit: PIECES_MAX,
  });
  const chunks = listed.map(({ body }) => JSON.parse(body) as BulkChunk);
  const [first] = chunks;
  if (first === undefined) return problem(404, 'unknown-job');
  const refused = refusedBy(mayRegister(actor.role, first.organization));
  if (refused !== null) return refused;
  if (part === 'results') return json(200, { results: chunks.flatMap(({ results }) => results ?? []) });
  const told = progress(chunks);
  if (told.status === 'completed') return json(200, { id, ...told });
  const newest = Math.max(...chunks.map(({ at }) => at));
  if (context.now - newest > STALLED_MS) await behind(context, work(context, chunks));
  return { ...json(200, { id, ...told }), retryAfterSeconds: 1 };
}
