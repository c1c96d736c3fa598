/**
 * Planted bugs: each a change of one place in the source (or of the platform), made in memory while the copy under test
 * is built. No switch exists in the product. A test keeps every pattern matching its source exactly once.
 */

export interface Change {
  /** Below src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** Empty where it is the platform that misbehaves. */
  readonly changes: readonly Change[];
}

const inFile =
  (file: string) =>
  (name: string, find: string, replace: string): Mutation => ({ name, changes: [{ file, find, replace }] });

/** Bounds that no short run would reach; not a bug by itself. */
export const SMALL_LIMITS: Mutation = {
  name: 'small-limits',
  changes: [
    { file: 'engine/limits.ts', find: 'SNAPSHOT_BATCH = 1_000', replace: 'SNAPSHOT_BATCH = 2' },
    { file: 'engine/limits.ts', find: 'OUTBOX_BATCH = 100', replace: 'OUTBOX_BATCH = 2' },
    { file: 'engine/limits.ts', find: 'BATCH_MAX = 256', replace: 'BATCH_MAX = 3' },
    { file: 'engine/limits.ts', find: 'QUEUE_MAX = 512', replace: 'QUEUE_MAX = 6' },
    { file: 'engine/limits.ts', find: 'REPLY_EXPIRY_STEP = 500', replace: 'REPLY_EXPIRY_STEP = 3' },
  ],
};

/** A bug that shows only under small bounds. */
const bounded = ({ name, changes }: Mutation): Mutation => ({ name, changes: [...SMALL_LIMITS.changes, ...changes] });

const submit = inFile('engine/submit.ts');
const idempotency = inFile('engine/idempotency.ts');
const groupCommit = inFile('engine/group-commit.ts');
const snapshot = inFile('engine/snapshot.ts');
const outbox = inFile('engine/outbox.ts');
const wakeUps = inFile('engine/wake-ups.ts');
const inbox = inFile('engine/inbox.ts');
const imports = inFile('engine/import-records.ts');
const journal = inFile('engine/journal.ts');
const state = inFile('engine/shard-state.ts');
const national = inFile('storage/national/snapshot-batch.ts');

export const MUTATIONS: readonly Mutation[] = [
  { name: 'answer-before-durable', changes: [] },

  submit('skip-idempotency', 'if (known) return known;', ''),
  submit('ignore-ownership', 'if (!shard.owns(envelope.key))', 'if (false)'),
  submit('ignore-the-lane', 'if (closed) return', 'if (false) return'),
  submit(
    'ignore-the-condition',
    'envelope.expectedVersion !== context.version',
    'envelope.expectedVersion > context.version',
  ),
  submit('use-a-version-twice', 'nextVersion: known.version + 1', 'nextVersion: Math.max(known.version, 1)'),
  submit('commit-a-dry-run', 'if (envelope.dryRun) return replied;', ''),
  submit('keep-the-old-record-in-memory', 'shard.hot.put(', 'void ('),
  submit('forget-the-reply', 'remember(shard.statements, envelope, reply, { now, body: change.body });', ''),
  submit('forget-the-copy', 'effects.changed(kind.name, key, sequence);', ''),

  idempotency('ignore-the-fingerprint', 'row.fingerprint !== envelope.fingerprint', 'false'),
  idempotency('share-request-ids', '`${envelope.agent.client}\\n${envelope.requestId}`', 'envelope.requestId'),
  idempotency('repeat-the-record-for-the-reply', 'reply.body === stored.body ? null : reply.body', 'null'),

  groupCommit('leave-out-the-audit', 'if (turn.accesses.length > 0)', 'if (false)'),
  groupCommit('answer-out-of-memory', 'else statements.touch();', ''),
  groupCommit('no-savepoint', 'savepoints && operation.writes ? statements.transaction(run) : run()', 'run()'),
  groupCommit('leave-the-rows-of-a-failure', 'statements.rows.written !== written', 'false'),
  groupCommit('keep-the-journal-position', 'this.#shard.journal.rewind(head);', ''),
  groupCommit('keep-memory-after-rollback', 'this.#shard.hot.clear();', ''),
  groupCommit('live-on-after-a-failed-flush', "this.#shard.ports.abort('flush failed');", ''),
  groupCommit(
    'trust-the-wall-clock',
    'Math.min(spacing, this.#flushedAt + spacing - now)',
    'this.#flushedAt + spacing - now',
  ),

  bounded(
    snapshot(
      'move-the-bookmark-too-far',
      'for (const { seq } of this.#dirty.values()) next = Math.min(next, seq - 1);',
      '',
    ),
  ),
  bounded(groupCommit('leave-the-rest-of-the-queue', 'if (this.#queue.length > 0) this.#armAt(0);', '')),
  bounded(
    inFile('engine/reply-expiry.ts')(
      'expire-the-first-step-only',
      'step.length < REPLY_EXPIRY_STEP',
      'step.length <= REPLY_EXPIRY_STEP',
    ),
  ),
  snapshot(
    'forget-a-change-during-a-copy',
    'if (this.#dirty.get(name) === copied) this.#dirty',
    'if (true) this.#dirty',
  ),

  snapshot('owe-nothing-after-a-restart', '    this.#restore();\n', ''),
  snapshot(
    'wait-for-ever',
    'await within(SNAPSHOT_TIMEOUT_MS, this.#shard.ports.writeSnapshot(records), this.#shard.ports);',
    'await this.#shard.ports.writeSnapshot(records);',
  ),
  snapshot(
    'count-a-failed-copy',
    'this.#shard.ports.writeSnapshot(records), this',
    'this.#shard.ports.writeSnapshot(records).catch(() => undefined), this',
  ),
  national(
    'drop-the-monotonic-where',
    'WHERE (excluded.epoch, excluded.version) > (record_copies.epoch, record_copies.version)',
    'WHERE true',
  ),
  national(
    'drop-the-monotonic-index',
    'WHERE (excluded.epoch, excluded.version) > (patient_index.epoch, patient_index.version)',
    'WHERE true',
  ),

  outbox(
    'forget-before-delivering',
    'await within(DELIVERY_TIMEOUT_MS',
    'this.#shard.statements.deleteOutbox(row.id);\n      await within(DELIVERY_TIMEOUT_MS',
  ),
  outbox('never-bury', 'row.attempts + 1 >= OUTBOX_ATTEMPTS_MAX', 'false'),
  outbox('bury-at-once', 'row.attempts + 1 >= OUTBOX_ATTEMPTS_MAX', 'true'),
  outbox(
    'wait-for-an-answer-for-ever',
    'await within(DELIVERY_TIMEOUT_MS, this.#shard.ports.send(row.target, delivery), this.#shard.ports);',
    'await this.#shard.ports.send(row.target, delivery);',
  ),
  outbox('forget-a-postponed-entry', 'if (next !== null) this.#wakeUps.ensure(WAKE_UP, next);', ''),
  inFile('storage/shard/statements.ts')(
    'deliver-out-of-order',
    'WHERE id IN (SELECT min(id) FROM outbox WHERE dead = 0 GROUP BY stream) AND due <= ? ORDER BY id LIMIT ?',
    'WHERE dead = 0 AND due <= ? ORDER BY id LIMIT ?',
  ),

  inbox(
    'forget-the-position',
    'shard.statements.setInboxPosition(delivery.stream, delivery.epoch, delivery.sequence);',
    '',
  ),
  inbox('apply-the-last-again', 'delivery.sequence <= position.sequence', 'delivery.sequence < position.sequence'),

  wakeUps('throw-in-alarm', 'this.#due.set(name, now + ALARM_GRAIN_MS);', 'throw error;'),
  wakeUps('set-no-alarm', 'this.#shard.ports.setAlarm(next);', ''),
  wakeUps('keep-wake-ups-in-memory', 'this.#shard.statements.setWakeUp(name, at);', ''),

  imports('import-over-newer', 'held.version >= record.version', 'held.version === record.version'),
  imports('import-a-chunk-twice', 'if (known !== null) return', 'if (false) return'),
  inFile('engine/reply-expiry.ts')('keep-replies-for-ever', 'if (expires <= now)', 'if (false)'),
  inFile('engine/limits.ts')(
    'forget-replies-early',
    'REPLY_RETENTION_MS = 24 * 3_600_000',
    'REPLY_RETENTION_MS = 60_000',
  ),
  inFile('engine/clock.ts')('let-the-clock-go-back', 'Math.max(this.#wall(), this.#last)', 'this.#wall()'),
  state('forget-the-time-at-restart', 'head?.at ?? 0', '0'),
  journal('leave-bodies-out-of-the-hash', 'head + row.entry + row.body + row.annex', 'head + row.entry'),
  journal('start-the-chain-anew', 'head?.hash ?? GENESIS_HASH', 'GENESIS_HASH'),
];

export function mutationNamed(name: string): Mutation {
  const mutation = MUTATIONS.find((candidate) => candidate.name === name);
  if (!mutation) throw new Error(`no mutation is called ${name}`);
  return mutation;
}
