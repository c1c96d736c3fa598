/** One prescription and its life, driven by commands at chosen hours: the record kind as the engine would use it. */
import { expect } from 'vitest';
import type { PlaceOrder, PrescriptionCommand } from '../../../src/domain/eps/commands.ts';
import { prescription } from '../../../src/domain/eps/prescription.ts';
import { statusOf } from '../../../src/domain/eps/prescription-state.ts';
import type {
  ItemStatus,
  OrderFacts,
  Prescription,
  PrescriptionStatus,
} from '../../../src/domain/eps/prescription-state.ts';
import type { Decision, OutboxEntry } from '../../../src/engine/record-kind.ts';

export const NHS = '9000000009';
export const ID = '24F5DA-A83008-7EFE6';
export const START = Date.parse('2026-03-10T09:00:00Z');
export const DAY = 86_400_000;
export const PHARMACY = 'FA565';

export const facts = (more: Partial<OrderFacts> = {}): OrderFacts => ({
  shortId: `${ID}Z`,
  longId: '4f2b64a2-0f32-401f-81f4-5e585bfa2e61',
  messageId: 'order-1',
  nhsNumber: NHS,
  treatmentType: '0001',
  prescriptionType: '0101',
  prescriber: { ods: 'A83008' },
  signedAt: START,
  effectiveAt: START,
  siteType: 'P1',
  nominated: PHARMACY,
  daysSupply: 28,
  issues: 1,
  repeatsAllowed: 0,
  items: [
    { id: 'item-a', medication: { code: '1' } },
    { id: 'item-b', medication: { code: '2' } },
  ],
  ...more,
});

export const repeatable = (issues: number, more: Partial<OrderFacts> = {}): OrderFacts =>
  facts({ treatmentType: '0003', issues, repeatsAllowed: issues - 1, ...more });

export class Life {
  state: Prescription | null = null;
  now = START;
  version = 0;
  outbox: OutboxEntry[] = [];
  #messages = 0;

  decide(command: PrescriptionCommand): Decision<Prescription> {
    const decision = prescription.decide(this.state, command, {
      key: `${NHS}/${ID}`,
      now: this.now,
      version: this.version,
      nextVersion: this.version + 1,
      agent: { client: 'test', mode: 'open', rights: [] },
      newId: () => '00000001',
      neighbour: () => null,
    });
    if (decision.kind === 'accepted') {
      // What is stored is what is read again.
      this.state = prescription.decode(prescription.encode(decision.state));
      this.version += 1;
      this.outbox.push(...decision.outbox);
    }
    return decision;
  }

  /** The reply of a command that must be taken. */
  done(command: PrescriptionCommand) {
    const decision = this.decide(command);
    if (decision.kind === 'refused') expect.unreachable(`${command.name} was refused: ${decision.code}`);
    return decision.reply;
  }

  /** The code of the refusal of a command that must be refused. */
  refused(command: PrescriptionCommand): string {
    const decision = this.decide(command);
    return decision.kind === 'refused' ? decision.code : expect.unreachable(`${command.name} was ${decision.kind}`);
  }

  #message(name: string): string {
    this.#messages += 1;
    return `${name}-${this.#messages}`;
  }

  order(order: OrderFacts = facts(), patient: PlaceOrder['patient'] = { deceased: false }): this {
    this.done({ name: 'place-order', order, patient });
    return this;
  }

  cancel(item: string, organization = 'A83008', more: { messageId?: string; mayPlace?: boolean } = {}): string {
    const decision = this.decide({
      name: 'cancel-item',
      item,
      reason: { code: '0001' },
      messageId: more.messageId ?? this.#message('cancel'),
      organization,
      mayPlace: more.mayPlace ?? false,
    });
    return decision.kind === 'refused' ? decision.code : (decision.reply.attributes?.['outcome'] ?? '');
  }

  release(by: 'id' | 'nomination' = 'id', ods = PHARMACY, releaseId = this.#message('release'), again?: string[]) {
    return this.decide({ name: 'release', by, releaseId, dispenser: { ods }, ...(again ? { again } : {}) });
  }

  returned(more: { issue?: number; releaseId?: string } = {}): Decision<Prescription> {
    const told = { messageId: this.#message('return'), organization: PHARMACY, reason: '0003' };
    return this.decide({ name: 'return', ...told, ...more });
  }

  dispense(
    status: PrescriptionStatus,
    items: readonly ItemStatus[],
    more: { replaces?: string; issue?: number; issues?: number; messageId?: string; ids?: readonly string[] } = {},
  ): Decision<Prescription> {
    const {
      ids = this.state?.order?.items.map(({ id }) => id) ?? [],
      messageId = this.#message('dispense'),
      ...rest
    } = more;
    const told = items.map((itemStatus, index) => ({ id: ids[index] ?? 'unknown', status: itemStatus }));
    return this.decide({
      name: 'notify-dispense',
      messageId,
      organization: { ods: PHARMACY },
      status,
      items: told,
      ...rest,
    });
  }

  withdraw(notification: string, issue?: number): Decision<Prescription> {
    const told = { messageId: this.#message('withdraw'), organization: PHARMACY, reason: 'QU', notification };
    return this.decide({ name: 'withdraw', ...told, ...(issue === undefined ? {} : { issue }) });
  }

  claim(
    more: { replaces?: string; issue?: number; id?: string; items?: readonly string[] } = {},
  ): Decision<Prescription> {
    const { id = this.#message('claim'), items = ['item-a', 'item-b'], ...rest } = more;
    return this.decide({ name: 'claim', claim: { id, organization: { ods: PHARMACY } }, items, ...rest });
  }

  tick(asOf: number): this {
    this.now = Math.max(this.now, asOf);
    this.done({ name: 'tick', asOf });
    return this;
  }

  get status(): PrescriptionStatus {
    return this.state === null ? expect.unreachable('nothing is stored') : statusOf(this.state);
  }

  issue(number: number) {
    return this.state?.issues[number - 1] ?? expect.unreachable(`no issue ${number}`);
  }

  items(number = this.state?.current ?? 1): readonly ItemStatus[] {
    return this.issue(number).items.map(({ status }) => status);
  }

  /** What queues were told, oldest first. */
  get queued(): readonly string[] {
    return this.outbox
      .filter(({ target }) => target.startsWith('organization-shard/'))
      .map(({ type, target }) => `${type} ${target.slice('organization-shard/'.length)}`);
  }
}

export const outcomeOf = (decision: Decision<Prescription>): string =>
  decision.kind === 'refused' ? decision.code : decision.kind;
