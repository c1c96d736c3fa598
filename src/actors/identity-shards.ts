/** The typed door to the identity actors: a new stub per attempt, every call safe to repeat. */
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Outcome } from '../engine/envelope.ts';
import type { Agent, Command, Query } from '../engine/record-kind.ts';
import { identityAddress, placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import type { AssertionUse, Listed, ListWish, Ticket, TicketUse } from './identity-shard.ts';
import type { RateAnswer, RateQuota } from './rate-windows.ts';
import { attempt, attemptWithin } from './retry.ts';

/** An identity actor gave no answer in time: the caller refuses, whatever it was about. */
export class IdentityUnavailable extends Error {
  override readonly name = 'IdentityUnavailable';
}

export interface IdentityAsk {
  readonly agent: Agent;
  readonly requestId: string;
  /** Digest of the wish; absent: the request id is made for this call alone. */
  readonly fingerprint?: string;
}

/** One of many commands. */
export interface KeyedCommand {
  readonly kind: string;
  readonly key: string;
  readonly command: Command;
  readonly requestId: string;
}

/** What routes may ask of the identity actors. */
export interface IdentityShards {
  submit(kind: string, key: string, command: Command, ask: IdentityAsk): Promise<Outcome>;
  /** One call per shard; outcomes stand in the order of the commands. */
  submitMany(commands: readonly KeyedCommand[], agent: Agent): Promise<readonly Outcome[]>;
  /** Leaves an entry in the journal. */
  read(kind: string, key: string, query: Query, ask: IdentityAsk): Promise<Outcome>;
  /** Looks without a trace: for the platform's own decisions. */
  look(kind: string, key: string): Promise<Outcome>;
  /** Of the actor that the key belongs to; without a trace, so the caller leaves one. */
  listed(key: string, wish: ListWish): Promise<readonly Listed[]>;
  firstUse(use: AssertionUse): Promise<boolean>;
  issueTicket(ticket: Ticket): Promise<void>;
  useTicket(use: TicketUse): Promise<string | null>;
  takeRate(name: string, quota: RateQuota, want: number): Promise<RateAnswer>;
}

const WAIT_MS = 10_000;
const UNKNOWN: Outcome = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 5 };
const NOBODY: Agent = { client: 'edge', mode: 'platform', rights: [] };

export function identityShards(env: Env): IdentityShards {
  const shards = shardCount(env);
  const stub = (key: string) =>
    env.IDENTITY_SHARD.getByName(String(shardOf(identityAddress(key), shards)), placement(env));
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    const answer: unknown = await attemptWithin<T>(WAIT_MS, work);
    if (typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'unavailable') {
      throw new IdentityUnavailable('an identity actor did not answer');
    }
    return answer as T;
  };
  return {
    submit: (kind, key, command, { agent, requestId, fingerprint = '' }) =>
      attemptWithin<Outcome>(WAIT_MS, async () =>
        stub(key).submit({ v: ENVELOPE_VERSION, kind, key, command, agent, requestId, fingerprint }),
      ),
    submitMany: async (commands, agent) => {
      const outcomes: Outcome[] = commands.map(() => UNKNOWN);
      const byShard = Map.groupBy(commands.keys(), (at) => shardOf(identityAddress(commands[at]?.key ?? ''), shards));
      const submitGroup = async (group: readonly number[]): Promise<void> => {
        const envelopes = group.flatMap((at) => {
          const one = commands[at];
          return one === undefined ? [] : [{ v: ENVELOPE_VERSION, ...one, agent, fingerprint: '' }];
        });
        const answer = await attempt<Outcome[]>(async () => stub(envelopes[0]?.key ?? '').submitMany(envelopes));
        group.forEach((at, index) => (outcomes[at] = Array.isArray(answer) ? (answer[index] ?? UNKNOWN) : answer));
      };
      await Promise.all([...byShard.values()].map(submitGroup));
      return outcomes;
    },
    read: (kind, key, query, { agent, requestId }) =>
      attempt<Outcome>(async () =>
        stub(key).read({ v: ENVELOPE_VERSION, kind, key, query, agent, requestId, purpose: 'access' }),
      ),
    look: (kind, key) =>
      attemptWithin<Outcome>(WAIT_MS, async () =>
        stub(key).read({
          v: ENVELOPE_VERSION,
          kind,
          key,
          query: { name: 'look' },
          agent: NOBODY,
          requestId: '',
          purpose: 'sweep',
        }),
      ),
    listed: (key, wish) => call(async () => stub(key).listed(wish)),
    firstUse: (use) => call(async () => stub(use.id).firstUse(use)),
    issueTicket: (ticket) => call(async () => stub(ticket.id).issueTicket(ticket)),
    useTicket: (use) => call(async () => stub(use.id).useTicket(use)),
    takeRate: (name, quota, want) => call(async () => stub(name).takeRate(name, quota, want)),
  };
}
