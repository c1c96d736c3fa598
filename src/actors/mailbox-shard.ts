/** Serialises the mailboxes of this shard: their tokens, their inboxes, and every message that is addressed to them. */
import { Buffer } from 'node:buffer';
import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { timeOfToken, tokenKey } from '../domain/mesh/authorization.ts';
import type { DeliverReport, Mailbox, NoteEvent, ReportFacts, Workflow } from '../domain/mesh/commands.ts';
import { mailbox, MAILBOX, mailboxKey, partyOf, workflow, WORKFLOW } from '../domain/mesh/mailbox.ts';
import { inboxOf, message, MESSAGE } from '../domain/mesh/message.ts';
import { messageIdOf, Stamps } from '../domain/mesh/message-id.ts';
import { expiresAt } from '../domain/mesh/message-state.ts';
import type { KeptMessage } from '../domain/mesh/message-state.ts';
import { refuse } from '../domain/mesh/refusals.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CommandEnvelope } from '../engine/envelope.ts';
import type { Delivery } from '../engine/ports.ts';
import type { Agent, Command } from '../engine/record-kind.ts';
import { GROUP_REPLY_CHARACTERS_MAX } from '../engine/limits.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import type { Steps } from '../engine/transact.ts';
import { actorSetup } from './actor-setup.ts';
import { mailboxShardCount, messageShard, shardOf } from './addresses.ts';
import { admit } from './mailbox-admission.ts';
import type { Admission, Admitted } from './mailbox-admission.ts';
import type { DirectoryEntry, MailboxAnswer, MailboxCall, MailboxReply, ShardDirectory } from './mailbox-call.ts';
import { bytesOf } from './mailbox-call.ts';
import { expire, HOUSEKEEPER, purgeWhere, RETENTION, sweepMessages } from './mailbox-sweep.ts';
import type { Sweep } from './mailbox-sweep.ts';
import { answerOf, noteRefusal, perform, submit } from './mailbox-work.ts';
import type { Workplace } from './mailbox-work.ts';
import { meshPayloadStore, removeDay } from './mesh-payload-store.ts';
import { TokenPages } from '../storage/shard/token-pages.ts';
import type { Env } from './environment.ts';
import { TokenMemory } from './token-memory.ts';

/** Stamps may have run this far ahead of the clock before a restart, ms. */
const STAMPS_AHEAD_MS = 5;
/** Acts of one round come in one call already: this only keeps a shard that many edges ask at below 500 commits/s. */
const FLUSH_SPACING_MS = 2;
const LOOK_AFTER_MS = 5 * 86_400_000;
const LISTED_MAX = 10_000;
/** A message id in a list, with its quotes and comma. */
const ID_CHARACTERS = 30;

export interface Registration {
  readonly kind: string;
  readonly key: string;
  readonly command: Command;
}

export class MailboxShard extends ShardActor<Env> {
  readonly #shard: number;
  readonly #stamps: Stamps;
  readonly #keys: readonly KeyObject[];
  readonly #tokens: TokenMemory;
  readonly #sweep: Sweep;

  constructor(ctx: DurableObjectState, env: Env) {
    const shards = mailboxShardCount(env);
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'mailbox-shard', shard, kinds: [mailbox, workflow, message] }),
      shards,
      flushSpacingMs: FLUSH_SPACING_MS,
      owns: (key) => ownedBy(key, shard, shards),
      receive: (delivery) => this.#reportCommand(delivery),
    }));
    this.#shard = Number(ctx.id.name);
    this.#stamps = new Stamps(this.engine.shard.clock.now() + STAMPS_AHEAD_MS);
    const keys = [env.MESH_SHARED_KEY ?? '', env.MESH_SHARED_KEY_BEFORE ?? ''].filter((key) => key !== '');
    this.#keys = keys.map((key) => createSecretKey(Buffer.from(key)));
    this.#tokens = new TokenMemory(
      new TokenPages(this.engine.shard.ports.sql),
      parseInt(this.engine.shard.ports.newId(), 16),
    );
    this.engine.keep(this.#tokens);
    this.#sweep = { engine: this.engine, payloads: meshPayloadStore(env), removeDay: (day) => removeDay(env, day) };
    this.engine.wakeUps.on(RETENTION, (now) => this.sweep(now));
  }

  /** One act of a mailbox, admitted and done in one commit. */
  call(call: MailboxCall): Promise<MailboxAnswer> {
    return this.engine.transact(bytesOf(call), (steps) => this.#act(steps, call));
  }

  /** Acts that travelled together; each is admitted and done by itself, all in one commit. */
  async acts(calls: readonly MailboxCall[]): Promise<MailboxReply[]> {
    const works = calls.map((call) => ({ bytes: bytesOf(call), run: (steps: Steps) => this.#act(steps, call) }));
    return repliesOf(await this.engine.transactEach<MailboxAnswer>(works));
  }

  /** Gives a token back: its act did not happen, and the client will come with the same one. */
  async release(token: string): Promise<void> {
    await this.engine.transact(0, () => this.#tokens.release({ key: token, at: timeOfToken(token) }));
  }

  /** All or none of these registrations. */
  register(entries: readonly Registration[], agent: Agent, requestId: string): Promise<MailboxAnswer> {
    return this.engine.transact(0, (steps) => {
      for (const [index, entry] of entries.entries()) {
        const answer = answerOf(
          submit({ steps }, { agent, requestId: `${requestId}/${index}/${entry.key}` }, entry),
          null,
        );
        if (answer.kind === 'refused') throw new Error(`registration refused: ${answer.code}`);
      }
      return { kind: 'done', caller: null, body: '', attributes: {}, page: null } satisfies MailboxAnswer;
    });
  }

  deactivate(mailboxId: string, agent: Agent, requestId: string): Promise<MailboxAnswer> {
    const wish = { kind: MAILBOX, key: mailboxKey(mailboxId), command: { name: 'deactivate-mailbox' } };
    return this.engine.transact(0, (steps) => answerOf(submit({ steps }, { agent, requestId }, wish), null));
  }

  /** Test deployments: a whole message record, for anybody. */
  inspect(messageId: string, agent: Agent, requestId: string): Promise<MailboxAnswer> {
    return this.engine.transact(0, (steps) => {
      const query = { name: 'inspect' };
      const wish = {
        v: ENVELOPE_VERSION,
        kind: MESSAGE,
        key: messageId,
        query,
        agent,
        requestId,
        purpose: 'access',
      } as const;
      return answerOf(steps.read(wish), null);
    });
  }

  /** The named mailboxes that are registered here, without their secrets. */
  async directory(mailboxIds: readonly string[]): Promise<readonly DirectoryEntry[]> {
    const found = await this.engine.transact(0, (steps) =>
      mailboxIds.flatMap((mailboxId) => entryOf(steps, mailboxId)),
    );
    return Array.isArray(found) ? found : [];
  }

  async workflow(key: string): Promise<Workflow | null> {
    const found = await this.engine.transact(0, (steps) => ({
      workflow: steps.state(WORKFLOW, key) as Workflow | null,
    }));
    return 'workflow' in found ? found.workflow : null;
  }

  /** Everything registered in this shard. */
  async registry(): Promise<ShardDirectory> {
    const keys = (kind: string) =>
      this.engine.shard.statements.recordsBetween({ kind, after: '', before: '~' }, LISTED_MAX).map(({ key }) => key);
    const mailboxes = await this.directory(keys(MAILBOX).map((key) => key.slice(mailboxKey('').length)));
    const workflows = await Promise.all(keys(WORKFLOW).map((key) => this.workflow(key)));
    return { mailboxes, workflows: workflows.filter((found) => found !== null) };
  }

  /** Test deployments: a report as if the system had reason for one. */
  report(report: ReportFacts, agent: Agent, requestId: string): Promise<MailboxAnswer> {
    return this.engine.transact(0, (steps) => {
      const { key, command } = this.#report(report);
      if (command.recipient === null) return refuse('mailbox-unknown');
      return answerOf(submit({ steps }, { agent, requestId }, { kind: MESSAGE, key, command }), null);
    });
  }

  /** Test deployments: an event on a message. */
  note(
    messageId: string,
    event: Omit<NoteEvent, 'name' | 'order'>,
    agent: Agent,
    requestId: string,
  ): Promise<MailboxAnswer> {
    return this.engine.transact(0, (steps) => {
      const command: NoteEvent = { ...event, name: 'note-event', order: this.#stamp() };
      return answerOf(submit({ steps }, { agent, requestId }, { kind: MESSAGE, key: messageId, command }), null);
    });
  }

  /** Test deployments: the five-day rule for one message, now. */
  expire(messageId: string): Promise<MailboxAnswer> {
    return this.engine.transact(0, (steps) => {
      const kept = steps.state(MESSAGE, messageId) as KeptMessage | null;
      return kept === null
        ? refuse('message-unknown')
        : answerOf(expire(steps, messageId, expiresAt(kept.message)), null);
    });
  }

  /** Test deployments: forgets the messages from and to one mailbox, or all. */
  reset(mailboxId: string | null): Promise<void> {
    return purgeWhere(
      this.#sweep,
      ({ sender, recipient }) =>
        mailboxId === null || recipient.mailboxId === mailboxId || sender?.mailboxId === mailboxId,
      this.engine.shard.clock.now(),
    );
  }

  /** The five-day rule and the end of retention, as they stand at `now`. */
  sweep(now: number): Promise<void> {
    return sweepMessages(this.#sweep, now);
  }

  /** What fails takes its token back with its rows. */
  #act(steps: Steps, call: MailboxCall): MailboxAnswer {
    const { mark } = this.#tokens;
    try {
      return this.#admitted(steps, call);
    } catch (error) {
      this.#tokens.back(mark);
      throw error;
    }
  }

  #admitted(steps: Steps, call: MailboxCall): MailboxAnswer {
    const { admission, work } = call;
    const admitted = admission ? admit(steps, admission, { keys: this.#keys, tokens: this.#tokens }) : null;
    if (admitted?.kind === 'refused') return noteRefusal(steps, call, admitted);
    const caller = admitted === null ? (call.caller ?? null) : partyOf(admitted.mailbox);
    if (caller === null) throw new Error('a call without a caller');
    if (!work) return { kind: 'done', caller, body: '', attributes: {}, page: null };
    return perform(this.#workplace(steps, admission ?? null, admitted), call, work, caller);
  }

  #workplace(steps: Steps, admission: Admission | null, admitted: Admitted | null): Workplace {
    const { ports, clock } = this.engine.shard;
    const token = admission === null ? null : { key: tokenKey(admission.claim), at: admission.claim.at };
    return {
      steps,
      fresh: admitted?.fresh ?? false,
      done: admitted?.done ?? null,
      note: token === null ? null : (done) => this.#tokens.note(token, done),
      shard: this.#shard,
      stamp: () => this.#stamp(),
      chance: () => ports.newId(),
      watch: () => this.engine.wakeUps.ensure(RETENTION, clock.now() + LOOK_AFTER_MS),
      count: (name) => ports.observer.count(name),
    };
  }

  #stamp(): string {
    return this.#stamps.next(this.engine.shard.clock.now());
  }

  #report(report: ReportFacts): { readonly key: string; readonly command: DeliverReport } {
    const order = this.#stamp();
    const known = this.engine.shard.neighbour(mailboxKey(report.recipientId))(MAILBOX) as Mailbox | null;
    this.engine.wakeUps.ensure(RETENTION, this.engine.shard.clock.now() + LOOK_AFTER_MS);
    this.engine.shard.ports.observer.count('meshReports');
    return {
      key: messageIdOf(order, this.#shard, this.engine.shard.ports.newId()),
      command: { name: 'deliver-report', report, recipient: known === null ? null : partyOf(known), order },
    };
  }

  #reportCommand(delivery: Delivery): CommandEnvelope {
    const { key, command } = this.#report(JSON.parse(delivery.payload) as ReportFacts);
    const requestId = `${delivery.stream}#${delivery.epoch}.${delivery.sequence}`;
    return { v: ENVELOPE_VERSION, kind: MESSAGE, key, command, agent: HOUSEKEEPER, requestId, fingerprint: '' };
  }
}

/** What would make the answer too large to carry is asked for again, alone: its bytes are those of a read. */
function repliesOf(settled: readonly PromiseSettledResult<MailboxAnswer>[]): MailboxReply[] {
  let characters = 0;
  return settled.map((one) => {
    // The engine has told its observer already.
    if (one.status === 'rejected') return { kind: 'failed' };
    const { value } = one;
    if (value.kind === 'done') {
      const { body, attributes, page } = value;
      characters += body.length + (attributes['payload'] ?? '').length + (page?.messageIds.length ?? 0) * ID_CHARACTERS;
    }
    return characters > GROUP_REPLY_CHARACTERS_MAX ? { kind: 'apart' } : value;
  });
}

function ownedBy(key: string, shard: number, shards: number): boolean {
  // Workflows stand in every shard.
  if (key.startsWith('wf/')) return true;
  if (key.startsWith('mb/')) return shardOf(key.slice('mb/'.length), shards) === shard;
  return messageShard(key, shards) === shard;
}

function entryOf(steps: Steps, mailboxId: string): readonly DirectoryEntry[] {
  const known = steps.state(MAILBOX, mailboxKey(mailboxId)) as Mailbox | null;
  if (known === null) return [];
  const { active, registered, connections } = known;
  return [{ ...partyOf(known), active, registered, connections, inboxCount: steps.listLength(inboxOf(mailboxId)) }];
}
