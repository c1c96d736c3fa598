/** The door to prescriptions: where one is, what happens to it, and what waits for a dispenser. */
import type { CallerFacts } from '../domain/access-control/facts.ts';
import type { Candidate } from '../domain/eps/nominated-pull.ts';
import type { ClaimId } from '../domain/eps/prescription-location.ts';
import { PRESCRIPTION_LOCATION } from '../domain/eps/prescription-location.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Outcome } from '../engine/envelope.ts';
import type { Overloaded } from '../engine/group-commit.ts';
import type { Agent } from '../engine/record-kind.ts';
import { placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import type { PrescriptionAnswer, PrescriptionCall, PrescriptionWork } from './prescription-call.ts';
import { attempt, attemptWithin } from './retry.ts';

export interface PrescriptionOptions {
  readonly agent: Agent;
  /** What is known of who asks; without it an act is refused where access is enforced. */
  readonly caller?: CallerFacts;
  /** Names the effect: of a message, its own id. */
  readonly requestId: string;
  readonly waitMs: number;
}

export type Unavailable = Extract<PrescriptionAnswer, { kind: 'unavailable' }>;

export type Located = { readonly kind: 'at'; readonly nhsNumber: string } | { readonly kind: 'nowhere' } | Unavailable;

/** One of several wishes; `nhsNumber` says where. */
export interface PlacedWork {
  readonly nhsNumber: string;
  readonly work: PrescriptionWork;
}

export interface Prescriptions {
  /** Takes a prescription id for this patient, for good; answers whose it is. */
  claimId(id: string, nhsNumber: string, options: PrescriptionOptions): Promise<Located>;
  locate(id: string, options: PrescriptionOptions): Promise<Located>;
  /** Where the patient's number was merged into another, it is done there. */
  call(at: PlacedWork, options: PrescriptionOptions): Promise<PrescriptionAnswer>;
  /** One call per shard; answers stand in the order of the wishes. */
  callMany(wishes: readonly PlacedWork[], options: PrescriptionOptions): Promise<readonly PrescriptionAnswer[]>;
  /** What waits in a dispenser's queue, kept from others until it is settled. */
  pull(ods: string, pull: string, wish: PullOptions): Promise<readonly Candidate[] | Unavailable>;
  /** False where nobody knows whether it was written down: then it is offered again. */
  settlePull(ods: string, pull: string, settled: { agent: Agent; ids: readonly string[] }): Promise<boolean>;
}

export interface PullOptions {
  readonly agent: Agent;
  /** The release that the pull is part of. */
  readonly release: string;
  readonly limit: number;
}

const MOVES_MAX = 5;
const BROKEN: Unavailable = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 5 };

export function prescriptions(env: Env): Prescriptions {
  const shards = shardCount(env);
  const placed = placement(env);
  const stub = <T extends Rpc.DurableObjectBranded | undefined>(namespace: DurableObjectNamespace<T>, key: string) =>
    namespace.get(namespace.idFromName(String(shardOf(key, shards))), placed);

  const callShard = async (
    calls: readonly PrescriptionCall[],
    waitMs: number,
  ): Promise<readonly PrescriptionAnswer[]> => {
    const [first] = calls;
    if (first === undefined) return [];
    const answers = await attemptWithin<PrescriptionAnswer[]>(waitMs, async () =>
      stub(env.PATIENT_SHARD, first.nhsNumber).prescriptions(calls),
    );
    return calls.map((_, index) => (Array.isArray(answers) ? (answers[index] ?? BROKEN) : answers));
  };

  const callMany: Prescriptions['callMany'] = async (wishes, { waitMs, ...by }) => {
    const answers: PrescriptionAnswer[] = wishes.map(() => BROKEN);
    let open = wishes.map(({ nhsNumber, work }, index) => ({ index, call: { nhsNumber, work, ...by } }));
    for (let moves = 0; open.length > 0 && moves <= MOVES_MAX; moves++) {
      const groups = [...Map.groupBy(open, ({ call }) => shardOf(call.nhsNumber, shards)).values()];
      const answered = await Promise.all(
        groups.map(async (group) => {
          const results = await callShard(
            group.map(({ call }) => call),
            waitMs,
          );
          return group.map((asked, at) => ({ ...asked, answer: results[at] ?? BROKEN }));
        }),
      );
      open = answered.flat().flatMap(({ index, call, answer }) => {
        if (answer.kind === 'moved') return [{ index, call: { ...call, nhsNumber: answer.nhsNumber } }];
        answers[index] = answer;
        return [];
      });
    }
    return answers;
  };

  return {
    claimId: async (id, nhsNumber, { agent, requestId, waitMs }) => {
      const command: ClaimId = { name: 'claim-id', nhsNumber };
      const effect = { requestId: `claim/${id}/${requestId}`, fingerprint: '' };
      const envelope = { v: ENVELOPE_VERSION, kind: PRESCRIPTION_LOCATION, key: id, command, agent, ...effect };
      return located(await attemptWithin<Outcome>(waitMs, async () => stub(env.LOCATOR_SHARD, id).submit(envelope)));
    },
    locate: async (id, { agent, requestId, waitMs }) => {
      const query = { name: 'locate' };
      const asked = { agent, requestId, purpose: 'sweep' } as const;
      const envelope = { v: ENVELOPE_VERSION, kind: PRESCRIPTION_LOCATION, key: id, query, ...asked };
      return located(await attemptWithin<Outcome>(waitMs, async () => stub(env.LOCATOR_SHARD, id).read(envelope)));
    },
    call: async (at, options) => (await callMany([at], options))[0] ?? BROKEN,
    callMany,
    pull: (ods, pull, wish) =>
      attempt<readonly Candidate[] | Overloaded>(async () =>
        stub(env.ORGANIZATION_SHARD, ods).pull({ ods, pull, ...wish }),
      ),
    settlePull: async (ods, pull, { agent, ids }) => {
      if (ids.length === 0) return true;
      const settled = await attempt<boolean>(async () =>
        stub(env.ORGANIZATION_SHARD, ods).settlePull({ ods, agent, pull, ids }),
      );
      return settled === true;
    },
  };
}

function located(outcome: Outcome): Located {
  switch (outcome.kind) {
    case 'replied':
      return { kind: 'at', nhsNumber: outcome.body };
    case 'unavailable':
      return outcome;
    case 'refused':
      return outcome.code === 'RESOURCE_NOT_FOUND' ? { kind: 'nowhere' } : BROKEN;
    case 'moved':
      return BROKEN;
  }
}
