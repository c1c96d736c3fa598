/** Speaks with the operator's door of a running edge-spine: sends chunks until they are answered, asks for the status. */
import type { Chunk } from './chunks.ts';
import type { Failure } from './source-line.ts';

export interface OperatorTarget {
  /** For example http://localhost:8787 */
  readonly target: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Tries per request, the first included. */
  readonly attempts?: number;
  /** Longest wait that is accepted between two tries. */
  readonly maxWaitMs?: number;
}

export interface ChunkAnswer {
  readonly stored: number;
  readonly unchanged: number;
  readonly failures: readonly Failure[];
}

/** The target cannot be reached, or does not recover in time. */
export class TargetUnreachable extends Error {
  override readonly name = 'TargetUnreachable';
}

/** The target answers, but will not have this from us: a wrong key, an older program. Trying again is of no use. */
export class TargetRefuses extends Error {
  override readonly name = 'TargetRefuses';
}

const realSleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds asked for by Retry-After (seconds or a date), or null. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const worthAnotherTry = (status: number): boolean => status === 429 || status >= 500;

/** One request, tried again as it stands while the target is busy or away. */
async function request(api: OperatorTarget, path: string, init: RequestInit): Promise<Response> {
  const attempts = api.attempts ?? 9;
  const url = new URL(path, api.target);
  let problem = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    let asked: number | null = null;
    try {
      const response = await (api.fetch ?? fetch)(url, init);
      if (!worthAnotherTry(response.status)) return response;
      asked = retryAfter(response.headers.get('retry-after'), Date.now());
      problem = `it answers ${response.status}`;
      await response.arrayBuffer();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      problem = cause instanceof Error ? cause.message || cause.name : String(cause);
    }
    if (attempt + 1 < attempts)
      await (api.sleep ?? realSleep)(Math.min(asked ?? 200 * 2 ** attempt, api.maxWaitMs ?? 30_000));
  }
  throw new TargetUnreachable(`${url.origin}: ${problem} (tried ${attempts} times)`);
}

async function answer(response: Response, path: string): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (response.status === 401 || response.status === 403) throw new TargetRefuses('the operator key is not accepted');
  if (!response.ok) throw new TargetRefuses(`${path} answers ${response.status}: ${text.slice(0, 300)}`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value));
  } catch {
    // Falls through: whatever answered is not an edge-spine.
  }
  throw new TargetRefuses(`${path} does not answer as edge-spine does: ${text.slice(0, 100)}`);
}

function failuresOf(value: unknown): Failure[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'line' in one && 'reason' in one
      ? [{ line: Number(one.line), reason: String(one.reason) }]
      : [],
  );
}

/** Lines of the answer are those of the source. */
export async function sendChunk(api: OperatorTarget, chunk: Chunk): Promise<ChunkAnswer> {
  const path = '/operator/import';
  const headers = {
    authorization: `Bearer ${api.token}`,
    'content-type': 'application/x-ndjson',
    'x-chunk-id': chunk.id,
  };
  const found = await answer(await request(api, path, { method: 'POST', headers, body: chunk.body }), path);
  return {
    stored: Number(found['stored'] ?? 0),
    unchanged: Number(found['unchanged'] ?? 0),
    failures: failuresOf(found['failures']).map(({ line, reason }) => ({
      line: chunk.numbers[line - 1] ?? line,
      reason,
    })),
  };
}

/** Counters of the running system; an absent one counts as zero. */
export async function operatorCounters(api: OperatorTarget): Promise<Readonly<Record<string, number>>> {
  const path = '/operator/status';
  const found = await answer(await request(api, path, { headers: { authorization: `Bearer ${api.token}` } }), path);
  const counters = found['counters'];
  if (typeof counters !== 'object' || counters === null) return {};
  return Object.fromEntries(Object.entries(counters).map(([name, value]) => [name, Number(value)]));
}

/** Waits until everything is in the national copy. False when that did not come closer for `patienceMs`. */
export async function waitForSnapshot(api: OperatorTarget, patienceMs: number): Promise<boolean> {
  let least = Infinity;
  let waited = 0;
  for (;;) {
    const counters = await operatorCounters(api);
    const pending = counters['snapshotPending'] ?? 0;
    if (pending === 0 && (counters['snapshotLagMs'] ?? 0) === 0) return true;
    waited = pending < least ? 0 : waited + 250;
    least = Math.min(least, pending);
    if (waited > patienceMs) return false;
    await (api.sleep ?? realSleep)(250);
  }
}
