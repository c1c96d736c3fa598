/** A bulk registration on its way: its rows in pieces, each done once, its results kept with it. */
import type { Agent, Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';
import type { BulkRow } from './bulk-rows.ts';

export interface BulkResult {
  readonly row: number;
  readonly key: string;
  readonly outcome: 'registered' | 'unchanged' | 'failed';
  readonly user?: string;
  readonly role_profile?: string;
  readonly reason?: string;
}

export interface BulkChunk {
  readonly job: string;
  readonly number: number;
  readonly organization: string;
  /** Who asked for it; the work is done in this name. */
  readonly agent: Agent;
  readonly rows: readonly BulkRow[];
  /** Rows that were refused when they came, told with the others. */
  readonly refused: readonly BulkResult[];
  readonly results: readonly BulkResult[] | null;
  /** Of the last change. */
  readonly at: number;
}

export type BulkCommand =
  | (Command & { readonly name: 'put-chunk'; readonly chunk: BulkChunk })
  | (Command & { readonly name: 'finish-chunk'; readonly results: readonly BulkResult[] });

export const BULK_CHUNK = 'bulk-chunk';
export const jobHome = (job: string): string => `bulk/${job}`;
export const jobList = (job: string): string => `bulk-job/${job}`;
const position = (number: number): string => String(number).padStart(6, '0');
export const chunkKey = (job: string, number: number): string => `${jobHome(job)}/${position(number)}`;

const accept = (state: BulkChunk): Decision<BulkChunk> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: '' },
});
const unchanged: Decision<BulkChunk> = { kind: 'unchanged', reply: { body: '' } };

function decide(state: BulkChunk | null, command: BulkCommand, { now }: DecisionContext): Decision<BulkChunk> {
  if (command.name === 'put-chunk') return state === null ? accept({ ...command.chunk, at: now }) : unchanged;
  if (state === null) return { kind: 'refused', code: 'unknown-job' };
  // Names and birth dates are not kept longer than they are needed.
  return state.results === null ? accept({ ...state, rows: [], results: command.results, at: now }) : unchanged;
}

export const bulkChunkKind: RecordKind<BulkChunk, BulkCommand> = {
  name: BULK_CHUNK,
  decode: ({ body }) => JSON.parse(body) as BulkChunk,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-job' }),
  lists: ({ job, number }) => [{ list: jobList(job), position: position(number), note: '' }],
};
