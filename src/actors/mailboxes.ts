/** The edge's door to the mailbox shards: which shard does what, retries, and what is given back when an act fails. */
import { tokenKey } from '../domain/mesh/authorization.ts';
import type { NoteEvent, ReportFacts, Workflow } from '../domain/mesh/commands.ts';
import { workflowKey } from '../domain/mesh/mailbox.ts';
import type { Agent } from '../engine/record-kind.ts';
import { mailboxShardCount, messageShard, placement, shardOf } from './addresses.ts';
import type { DirectoryEntry, MailboxAnswer, MailboxCall, MailboxWork, ShardDirectory } from './mailbox-call.ts';
import type { MailboxShard, Registration } from './mailbox-shard.ts';
import { callLanes } from './call-lanes.ts';
import { READ_WAIT_MS } from './limits.ts';
import { bytesOf } from './mailbox-call.ts';
import { attempt } from './retry.ts';
import type { Env } from './environment.ts';

export interface Mailboxes {
  /** An act of a mailbox under its token. */
  act(call: MailboxCall): Promise<MailboxAnswer>;
  /** Each entry goes to its shard; workflows go to all. */
  register(entries: readonly Registration[], agent: Agent, requestId: string): Promise<MailboxAnswer>;
  /** In the order of the registry; unknown ones are left out. */
  directory(mailboxIds: readonly string[]): Promise<readonly DirectoryEntry[]>;
  workflow(workflowId: string): Promise<Workflow | null>;
  registry(): Promise<ShardDirectory>;
  report(report: ReportFacts, agent: Agent, requestId: string): Promise<MailboxAnswer>;
  note(
    messageId: string,
    event: Omit<NoteEvent, 'name' | 'order'>,
    agent: Agent,
    requestId: string,
  ): Promise<MailboxAnswer>;
  expire(messageId: string): Promise<MailboxAnswer>;
  inspect(messageId: string, agent: Agent, requestId: string): Promise<MailboxAnswer>;
  deactivate(mailboxId: string, agent: Agent, requestId: string): Promise<MailboxAnswer>;
  reset(mailboxId: string | null): Promise<void>;
  counters(): Promise<Readonly<Record<string, number>>>;
  /** Waits until the national copy holds all that was committed before. */
  settle(): Promise<void>;
}

/** An overloaded shard did nothing, so asking again is safe; a burst is over within a few flushes. */
const BUSY_TRIES = 6;
const BUSY_PAUSE_MS = 40;
const WAVE = 64;
/** With more shards a search relies on the copies being less than a second behind. */
const SETTLED_SHARDS_MAX = 64;

/** The shards of a deployment, as every part of the door sees them. */
interface Shards {
  readonly count: number;
  readonly all: readonly number[];
  stub(shard: number): DurableObjectStub<MailboxShard>;
  ofMailbox(mailboxId: string): DurableObjectStub<MailboxShard>;
  ofMessage(messageId: string): DurableObjectStub<MailboxShard>;
}

/** `keep`: keeps the request in hand alive until a group of calls that it carries is answered. */
export function mailboxes(env: Env, keep: (work: Promise<void>) => void): Mailboxes {
  const count = mailboxShardCount(env);
  const placed = placement(env);
  // A name is hashed to its id once; the stub itself is new at every call.
  const ids = Array.from({ length: count }, (): DurableObjectId | null => null);
  const stub = (shard: number) => {
    const id = (ids[shard] ??= env.MAILBOX_SHARD.idFromName(String(shard)));
    return env.MAILBOX_SHARD.get(id, placed);
  };
  const shards: Shards = {
    count,
    all: Array.from({ length: count }, (_, shard) => shard),
    stub,
    ofMailbox: (mailboxId) => stub(shardOf(mailboxId, count)),
    ofMessage: (messageId) => stub(messageShard(messageId, count)),
  };
  return { ...acts(shards, keep), ...registry(shards), ...operations(shards), ...testHooks(shards) };
}

function acts(shards: Shards, keep: (work: Promise<void>) => void): Pick<Mailboxes, 'act'> {
  const lane = callLanes<MailboxCall, MailboxAnswer>(
    {
      together: async (shard, calls) => shards.stub(shard).acts(calls),
      alone: async (shard, call) => shards.stub(shard).call(call),
      bytesOf,
    },
    keep,
  );
  const ask = (shard: number, call: MailboxCall): Promise<MailboxAnswer> =>
    patiently(() => lane(shard, call, READ_WAIT_MS));
  const actOf = async (call: MailboxCall): Promise<MailboxAnswer> => {
    const { admission, work, ...rest } = call;
    if (!admission) throw new Error('an act without a token');
    const own = shardOf(admission.claim.mailboxId, shards.count);
    const target = work ? targetOf(work, shards.count) : own;
    if (target === own) return ask(own, call);
    const admitted = await ask(own, { ...rest, admission });
    if (admitted.kind !== 'done' || admitted.caller === null || !work) return admitted;
    return ask(target, { ...rest, work, caller: admitted.caller });
  };
  return {
    act: async (call) => {
      const answer = await actOf(call);
      const { admission } = call;
      // Nobody knows whether it happened: the client comes again with the same token, and the record knows its own.
      if (answer.kind === 'unavailable' && admission?.spend) {
        await shards
          .ofMailbox(admission.claim.mailboxId)
          .release(tokenKey(admission.claim))
          .catch(() => undefined);
      }
      return answer;
    },
  };
}

const DONE: MailboxAnswer = { kind: 'done', caller: null, body: '', attributes: {}, page: null };

function registry(shards: Shards): Pick<Mailboxes, 'register' | 'deactivate' | 'directory' | 'workflow' | 'registry'> {
  return {
    register: async (entries, agent, requestId) => {
      const byShard = new Map<number, Registration[]>();
      for (const entry of entries) {
        const isMailbox = entry.key.startsWith('mb/');
        const owners = isMailbox ? [shardOf(entry.key.slice('mb/'.length), shards.count)] : shards.all;
        for (const owner of owners) byShard.set(owner, [...(byShard.get(owner) ?? []), entry]);
      }
      const asked = [...byShard].map(
        ([shard, group]) =>
          () =>
            attempt<MailboxAnswer>(async () => shards.stub(shard).register(group, agent, requestId)),
      );
      const answers = await inWaves(asked);
      return answers.find(({ kind }) => kind !== 'done') ?? DONE;
    },
    deactivate: async (mailboxId, agent, requestId) =>
      shards.ofMailbox(mailboxId).deactivate(mailboxId, agent, requestId),
    directory: async (mailboxIds) => {
      const groups = [...Map.groupBy(mailboxIds, (mailboxId) => shardOf(mailboxId, shards.count))];
      const found = await inWaves(
        groups.map(
          ([shard, group]) =>
            async () =>
              shards.stub(shard).directory(group),
        ),
      );
      return found.flat().sort(byRegistration);
    },
    workflow: async (workflowId) => shards.ofMailbox(workflowId).workflow(workflowKey(workflowId)),
    registry: async () => {
      const found = await inWaves(shards.all.map((shard) => async () => shards.stub(shard).registry()));
      return {
        mailboxes: found.flatMap((directory) => directory.mailboxes).sort(byRegistration),
        workflows: found[0]?.workflows ?? [],
      };
    },
  };
}

function operations(shards: Shards): Pick<Mailboxes, 'counters' | 'settle'> {
  return {
    counters: async () => {
      const found = await inWaves(shards.all.map((shard) => async () => shards.stub(shard).status()));
      const sum = (of: (status: (typeof found)[number]) => number): number =>
        found.reduce((total, one) => total + of(one), 0);
      return {
        shards: shards.count,
        records: sum(({ records }) => records),
        journal: sum(({ journalHead }) => journalHead),
        storageBytes: sum(({ storageBytes }) => storageBytes),
        rowsWritten: sum(({ rowsWritten }) => rowsWritten),
        snapshotPending: sum(({ snapshotPending }) => snapshotPending),
        snapshotLagMs: Math.max(0, ...found.map(({ snapshotLagMs }) => snapshotLagMs)),
        outboxWaiting: sum(({ outbox }) => outbox.waiting),
        deadLetters: sum(({ outbox }) => outbox.dead),
      };
    },
    settle: async () => {
      if (shards.count > SETTLED_SHARDS_MAX) return;
      await inWaves(shards.all.map((shard) => async () => shards.stub(shard).settle()));
    },
  };
}

function testHooks(shards: Shards): Pick<Mailboxes, 'report' | 'note' | 'expire' | 'inspect' | 'reset'> {
  return {
    report: async (report, agent, requestId) => shards.ofMailbox(report.recipientId).report(report, agent, requestId),
    note: async (messageId, event, agent, requestId) =>
      shards.ofMessage(messageId).note(messageId, event, agent, requestId),
    expire: async (messageId) => shards.ofMessage(messageId).expire(messageId),
    inspect: async (messageId, agent, requestId) => shards.ofMessage(messageId).inspect(messageId, agent, requestId),
    reset: async (mailboxId) => {
      await inWaves(shards.all.map((shard) => async () => shards.stub(shard).reset(mailboxId)));
    },
  };
}

function targetOf(work: MailboxWork, shards: number): number {
  switch (work.kind) {
    case 'handshake':
    case 'inbox':
      return shardOf(work.mailboxId, shards);
    case 'send':
      return shardOf(work.draft.recipientId, shards);
    case 'read':
    case 'acknowledge':
    case 'chunk':
      return messageShard(work.messageId, shards);
  }
}

async function patiently(ask: () => Promise<MailboxAnswer>): Promise<MailboxAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (answer.kind !== 'unavailable' || answer.reason !== 'overloaded' || tries === BUSY_TRIES) return answer;
    await scheduler.wait(Math.random() * BUSY_PAUSE_MS * 2 ** tries);
  }
}

async function inWaves<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  for (let first = 0; first < works.length; first += WAVE) {
    done.push(...(await Promise.all(works.slice(first, first + WAVE).map((work) => work()))));
  }
  return done;
}

const byRegistration = (a: DirectoryEntry, b: DirectoryEntry): number =>
  a.registered < b.registered ? -1 : a.registered > b.registered ? 1 : 0;
