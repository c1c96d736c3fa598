/** What a scenario is: a name, a preparation, and an endless stream of requests that each know how to judge their reply. */
import type { Reply } from '../generator/response-parser.ts';
import type { Random } from '../random.ts';

export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly requestId: string;
  /** Further header lines, each ended by CR LF. */
  readonly headers: string;
  /** ASCII only, '' for none. */
  readonly body: string;
  readonly keepBody: boolean;
}

export type Verdict =
  /** `as`: the row of the table it belongs to, where the reply decides that. */
  | { readonly kind: 'ok'; readonly as?: string }
  /** `sample`: the beginning of the body, to see what a code was about. */
  | { readonly kind: 'error'; readonly code: string; readonly sample?: string }
  /** The reply breaks a promise of the system; the run fails whatever its speed. */
  | { readonly kind: 'broken'; readonly code: string };

export interface Exchange {
  /** Row of the per-operation table, unless the verdict names another. */
  readonly operation: string;
  readonly request: BenchRequest;
  /** Called exactly once; null when no reply came and the effect is unknown. */
  check(reply: Reply | null): Verdict;
}

/** The target is not there, or not what the scenario needs. */
export class TargetNotReady extends Error {}

/** Sends requests outside the measurement: setup. */
export interface Preparation {
  send(request: BenchRequest): Promise<Reply>;
  /** As many at a time as is polite. */
  sendAll(requests: readonly BenchRequest[]): Promise<readonly Reply[]>;
  /** With the operator's key, where the target's operator is known. */
  administer(request: BenchRequest): Promise<Reply>;
}

export interface Scenario {
  readonly name: string;
  setup(preparation: Preparation): Promise<void>;
  next(random: Random): Exchange;
}

export interface ScenarioSettings {
  readonly population: number;
  /** Actors of the bare baseline; the product has as many shards. */
  readonly shards: number;
  /** Percent of searches in the national mix, taken from its reads. */
  readonly searchShare: number;
  /** Percent of changes in the national mix. */
  readonly writeShare: number;
}

export const OK: Verdict = { kind: 'ok' };

const SAMPLE_BYTES = 600;
const SPINE_CODE = /"code"\s*:\s*"([A-Z][A-Z_]+)"/;

/** '409 RESOURCE_VERSION_MISMATCH': status and, where the body has one, the Spine error code. */
export function errorOf(reply: Reply): Verdict {
  const sample = reply.body?.toString('utf8', 0, SAMPLE_BYTES) ?? '';
  const code = SPINE_CODE.exec(sample)?.[1];
  return { kind: 'error', code: code === undefined ? String(reply.status) : `${reply.status} ${code}`, sample };
}

/** Of a request that got no reply; the transport's own reason is counted instead. */
export const NO_REPLY: Verdict = { kind: 'error', code: 'NO_REPLY' };
