/** The edge's door to the mailbox shards: which shard does what, retries, and what is given back when an act fails. */
import { tokenKey } from '../domain/mesh/authorization.ts';
import type { NoteEvent, ReportFacts, Workflow } from '../domain/mesh/commands.ts';
import { workflowKey } from '../domain/mesh/mailbox.ts';
import type { Agent } from '../engine/record-kind.ts';
import { mailboxShardCount, messageShard, placement, shardOf } from './addresses.ts';
import type { DirectoryEntry, MailboxAnswer, MailboxCall, MailboxWork, ShardDirectory } from './mailbox-call.ts';
import type { Registration } from './mailbox-shard.ts';
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
  note(messageId: string, event: Omit<NoteEvent, 'name' | 'order'>, agent: Agent, requestId: string): Promise<MailboxAnswer>;
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

export function mailboxes(env: Env): Mailboxes {
  const shards = mailboxShardCount(env);
  const stub = (shard: number) => env.MAILBOX_SHARD.getByName(String(shard), placement(env));
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const ask = (shard: number, call: MailboxCall): Promise<MailboxAnswer> =>
    patiently(() => attempt<MailboxAnswer>(async () => stub(shard).call(call)));
  const home = (mailboxId: string): number => shardOf(mailboxId, shards);
  const ofMessage = (messageId: string) => stub(messageShard(messageId, shards));

  const actOf = async (call: MailboxCall): Promise<MailboxAnswer> => {
    const { admission, work, ...rest } = call;
    if (!admission) throw new Error('an act without a token');
    const own = home(admission.claim.mailboxId);
    const target = work ? targetOf(work, shards) : own;
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
        await stub(home(admission.claim.mailboxId)).release(tokenKey(admission.claim)).catch(() => undefined);
      }
      return answer;
    },
    register: async (entries, agent, requestId) => {
      const byShard = new Map<number, Registration[]>();
      for (const entry of entries) {
        const owners = entry.key.startsWith('mb/') ? [home(entry.key.slice('mb/'.length))] : all;
        for (const owner of owners) byShard.set(owner, [...(byShard.get(owner) ?? []), entry]);
      }
      const asked = [...byShard].map(([shard, group]) => () =>
        attempt<MailboxAnswer>(async () => stub(shard).register(group, agent, requestId)));
      const answers = await inWaves(asked);
      return answers.find(({ kind }) => kind !== 'done') ?? { kind: 'done', caller: null, body: '', attributes: {}, page: null };
    },
    directory: async (mailboxIds) => {
      const groups = [...Map.groupBy(mailboxIds, home)];
      const found = await inWaves(groups.map(([shard, group]) => async () => stub(shard).directory(group)));
      return found.flat().sort(byRegistration);
    },
    workflow: async (workflowId) => stub(shardOf(workflowId, shards)).workflow(workflowKey(workflowId)),
    registry: async () => {
      const found = await inWaves(all.map((shard) => async () => stub(shard).registry()));
      return {
        mailboxes: found.flatMap((directory) => directory.mailboxes).sort(byRegistration),
        workflows: found[0]?.workflows ?? [],
      };
    },
    report: async (report, agent, requestId) => stub(home(report.recipientId)).report(report, agent, requestId),
    note: async (messageId, event, agent, requestId) => ofMessage(messageId).note(messageId, event, agent, requestId),
    inspect: async (messageId, agent, requestId) => ofMessage(messageId).inspect(messageId, agent, requestId),
    deactivate: async (mailboxId, agent, requestId) => stub(home(mailboxId)).deactivate(mailboxId, agent, requestId),
    expire: async (messageId) => ofMessage(messageId).expire(messageId),
    reset: async (mailboxId) => {
      await inWaves(all.map((shard) => async () => stub(shard).reset(mailboxId)));
    },
    counters: async () => {
      const found = await inWaves(all.map((shard) => async () => stub(shard).status()));
      const sum = (of: (status: (typeof found)[number]) => number): number => found.reduce((total, one) => total + of(one), 0);
      return {
        shards,
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
      if (shards > SETTLED_SHARDS_MAX) return;
      await inWaves(all.map((shard) => async () => stub(shard).settle()));
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
