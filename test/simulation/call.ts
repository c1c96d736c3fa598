/** One wish under way, as its client, the world and the judge know it. */
import { createHash } from 'node:crypto';
import type { ImportReport, Outcome } from '../../src/engine/envelope.ts';
import type { Agent } from '../../src/engine/record-kind.ts';
import type { Wish } from './plan.ts';

export type Answer = Outcome | ImportReport;

export interface Caller {
  readonly id: string;
  readonly agent: Agent;
  /** Calls whose effect this client was told of. */
  readonly accepted: Call[];
  /** Newest versions this client was told of, by `kind/key`. */
  readonly known: Map<string, number>;
}

export interface Call {
  readonly client: Caller;
  readonly wish: Wish;
  /** `<client>/<request id>`. */
  readonly name: string;
  readonly requestId: string;
  readonly invoked: number;
  /** Virtual time of the first attempt. */
  readonly begun: number;
  readonly expected: number | null;
  /** The earlier call whose request id is deliberately used again. */
  readonly misuses: Call | null;
  settled: boolean;
  /** First answer that told an effect; every later one must equal it. */
  answer: string | null;
}

export const digestOf = (text: string): string => createHash('sha1').update(text).digest('base64');
