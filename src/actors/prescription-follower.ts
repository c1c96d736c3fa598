/**
 * Keeps prescriptions in step with their patients and with time. Changes of demographics are read from the shard's own
 * journal behind a mark that moves in the commit of what follows from them, so none is missed or followed twice,
 * whatever crashes in between. What is due is found in the list of next activities.
 */
import type { ForgetOrder, HandOver, PrescriptionCommand } from '../domain/eps/commands.ts';
import { patientFacts } from '../domain/eps/patient-facts.ts';
import { ACTIVITY_LIST, PRESCRIPTION, PRESCRIPTION_ORDER, patientList } from '../domain/eps/prescription-state.ts';
import type { Prescription } from '../domain/eps/prescription-state.ts';
import { timePosition } from '../domain/eps/prescription.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Agent } from '../engine/record-kind.ts';
import type { ShardEngine } from '../engine/shard-engine.ts';
import { importedRecords } from '../engine/snapshot.ts';
import type { Steps } from '../engine/transact.ts';
import { orderText } from './prescription-work.ts';

const ACTIVITIES = 'prescription-activities';
const FOLLOWED_TO = 'prescriptions-followed-to';
const DEMOGRAPHICS = 'demographics';

/** Journal rows looked at in one step: only their names are read. */
const FOLLOWED_STEP = 500;
/** Demographics are followed so long after the first change, ms: one look at many, and no commit of its own for each. */
const FOLLOW_DELAY_MS = 250;
/** So far the mark may lag behind when nothing was to be followed. */
const LAG_MAX = 2_000;
/** Prescriptions brought up to date in one step. */
const STEP = 50;
const LISTED_MAX = 1_000;

const SERVICE: Agent = { client: 'prescriptions', mode: 'service', rights: [] };

export class PrescriptionFollower {
  readonly #engine: ShardEngine;
  #running: Promise<void> | null = null;
  #again = false;
  #due: (() => void) | null = null;
  #followedTo: number;

  constructor(engine: ShardEngine) {
    this.#engine = engine;
    engine.wakeUps.on(ACTIVITIES, (now) => this.sweep(now));
    const { statements, journal } = engine.shard;
    // Before the first prescription there is nothing to follow: the mark begins where the journal is now.
    if (statements.meta(FOLLOWED_TO) === null) statements.setMeta(FOLLOWED_TO, String(journal.head.seq));
    this.#followedTo = Number(statements.meta(FOLLOWED_TO));
    if (this.#followedTo < journal.head.seq) this.nudge();
  }

  /** To be called when demographics may have changed; the caller does not wait. Many changes are followed in one step. */
  nudge(): void {
    this.#again = true;
    if (this.#running !== null || this.#due !== null) return;
    this.#due = this.#engine.shard.ports.defer(() => {
      this.#due = null;
      void this.#run();
    }, FOLLOW_DELAY_MS);
  }

  /** Resolves once everything committed before the call was followed. */
  async settled(): Promise<void> {
    this.#again = true;
    await this.#run();
  }

  #run(): Promise<void> {
    return (this.#running ??= this.#followAll().finally(() => (this.#running = null)));
  }

  async #followAll(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        while (await this.#step()) continue;
      }
    } catch (error) {
      // The mark has not moved: the next change, or the next start, goes on from there.
      this.#engine.shard.ports.observer.failure('prescriptions', error);
    }
  }

  /** False once nothing is left. */
  async #step(): Promise<boolean> {
    const { statements } = this.#engine.shard;
    const rows = statements.writtenAfter(this.#followedTo, FOLLOWED_STEP);
    const last = rows.at(-1);
    if (last === undefined) return false;
    const patients = new Set<string>();
    for (const row of rows) {
      if (row.kind === DEMOGRAPHICS) patients.add(row.key);
      if (row.kind !== 'import') continue;
      for (const [kind, key] of importedRecords(row.entry)) if (kind === DEMOGRAPHICS) patients.add(key);
    }
    const concerned = [...patients].filter((one) => statements.listed(patientList(one), '', 1).length > 0);
    // Nobody to tell: the mark in the tables may lag behind, and what lies between is looked at again after a restart.
    if (concerned.length === 0 && last.seq - Number(statements.meta(FOLLOWED_TO)) < LAG_MAX) {
      this.#followedTo = last.seq;
      return rows.length === FOLLOWED_STEP;
    }
    const answer = await this.#engine.transact(0, (steps) => {
      for (const nhsNumber of concerned) this.#follow(steps, nhsNumber, last.seq);
      statements.setMeta(FOLLOWED_TO, String(last.seq));
      return 'followed' as const;
    });
    if (answer !== 'followed') throw new Error('the shard is too busy to follow its patients');
    this.#followedTo = last.seq;
    return rows.length === FOLLOWED_STEP;
  }

  #follow(steps: Steps, nhsNumber: string, sequence: number): void {
    const facts = patientFacts(steps.state(DEMOGRAPHICS, nhsNumber));
    for (const { key } of steps.listed(patientList(nhsNumber), '', LISTED_MAX)) {
      const change = (command: PrescriptionCommand) => submit(steps, key, { command, requestId: `follow/${sequence}` });
      if (facts.movedTo !== undefined) {
        const move: HandOver = { name: 'hand-over', to: facts.movedTo, orderText: orderText(steps, key) };
        change(move);
        continue;
      }
      change({ name: 'change-nomination', ...(facts.pharmacy === undefined ? {} : { ods: facts.pharmacy }) });
      if (facts.deceased) change({ name: 'note-death' });
    }
  }

  /** To be called after prescriptions have changed: makes sure somebody looks when the first is due. */
  watch(): void {
    if (this.#engine.shard.journal.head.seq - this.#followedTo > LAG_MAX) this.nudge();
    const [first] = this.#engine.shard.statements.listed(ACTIVITY_LIST, '', 1);
    if (first !== undefined) this.#engine.wakeUps.ensure(ACTIVITIES, Number(first.position));
  }

  /** Does what is due at `asOf`, then waits for the next. */
  async sweep(asOf: number): Promise<void> {
    const { statements } = this.#engine.shard;
    for (;;) {
      const due = statements.listed(ACTIVITY_LIST, '', STEP).filter(({ position }) => position <= timePosition(asOf));
      if (due.length === 0) break;
      const answer = await this.#engine.transact(0, (steps) => {
        for (const { key, position } of due) tick(steps, key, { asOf, position });
        return 'done' as const;
      });
      if (answer !== 'done') throw new Error('the shard is too busy for its prescriptions');
    }
    this.watch();
  }
}

function tick(steps: Steps, key: string, { asOf, position }: { asOf: number; position: string }): void {
  const requestId = `tick/${position}/${asOf}`;
  submit(steps, key, { command: { name: 'tick', asOf }, requestId });
  const after = steps.state(PRESCRIPTION, key) as Prescription | null;
  if (after?.purged === true)
    submit(steps, key, { kind: PRESCRIPTION_ORDER, command: { name: 'forget-order' }, requestId });
}

interface Wish {
  readonly kind?: string;
  readonly command: PrescriptionCommand | ForgetOrder;
  readonly requestId: string;
}

function submit(steps: Steps, key: string, { kind = PRESCRIPTION, command, requestId }: Wish): void {
  const effect = { requestId: `${kind}/${key}/${command.name}/${requestId}`, fingerprint: '' };
  const outcome = steps.submit({ v: ENVELOPE_VERSION, kind, key, command, agent: SERVICE, ...effect });
  // Nothing of this may be refused: a refusal would be passed over for good.
  if (outcome.kind !== 'replied') throw new Error(`${command.name} not done: ${outcome.kind}`);
}
