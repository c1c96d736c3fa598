/** The state machines of a prescription and of its items, as tables. */
import type { IssueItem, ItemStatus, PrescriptionStatus } from './prescription-state.ts';

/** What items may be in which state of a prescription. */
export const ITEMS_ALLOWED: Readonly<Record<PrescriptionStatus, readonly ItemStatus[]>> = {
  '0000': ['0005', '0006', '0007'],
  '0001': ['0005', '0006', '0007'],
  '0002': ['0005', '0006', '0008'],
  '0003': ['0001', '0002', '0003', '0004', '0005', '0006', '0008'],
  '0004': ['0001', '0002', '0005', '0006'],
  '0005': ['0005', '0006'],
  '0006': ['0001', '0002', '0005', '0006'],
  '0007': ['0002', '0005', '0006'],
  '0008': ['0001', '0002', '0005', '0006'],
  '0009': ['0001', '0002', '0005', '0006'],
  '9000': ['0005', '0006', '0007'],
  '9001': ['0005', '0006', '0007'],
  '9005': [],
};

/** The events that carry a prescription from one state to another, whoever causes them. */
export type Transition =
  | 'ready'
  | 'release-by-id'
  | 'nominated-release'
  | 'return'
  | 'dispense'
  | 'claim'
  | 'claim-amend';

export const FROM: Readonly<Record<Transition, readonly PrescriptionStatus[]>> = {
  ready: ['0000', '9001'],
  'release-by-id': ['0000', '0001'],
  'nominated-release': ['0001'],
  return: ['0002'],
  dispense: ['0002', '0003'],
  claim: ['0006', '0007'],
  'claim-amend': ['0008'],
};

/** What a dispense notification may say of the whole. */
export const DISPENSE_RESULTS: readonly PrescriptionStatus[] = ['0003', '0006', '0007'];

/** Where a withdrawal may start. */
export const WITHDRAWABLE: readonly PrescriptionStatus[] = ['0003', '0006', '0007'];

/** What a dispense notification may say of an item. What is finished stays what it is. */
export const ITEM_MOVES: Readonly<Record<ItemStatus, readonly ItemStatus[]>> = {
  '0001': ['0001'],
  '0002': ['0002'],
  '0003': ['0001', '0002', '0003', '0004'],
  '0004': ['0001', '0002', '0003', '0004'],
  '0005': ['0005'],
  '0006': ['0006'],
  '0007': [],
  '0008': ['0001', '0002', '0003', '0004', '0008'],
};

export const COMPLETED: readonly PrescriptionStatus[] = ['0004', '0005', '0006', '0007', '0008', '0009'];
export const CANCELLABLE: readonly PrescriptionStatus[] = ['0000', '0001', '9000', '9001'];
export const WITH_DISPENSER: readonly PrescriptionStatus[] = ['0002', '0003'];

/** Items on which somebody may still act. */
const ITEM_ACTIVE: readonly ItemStatus[] = ['0003', '0004', '0007', '0008'];

export const isActive = ({ status }: IssueItem): boolean => ITEM_ACTIVE.includes(status);

/** What the end of validity makes of a prescription; what is not here is not touched by it. */
export const EXPIRED_AS: Readonly<Partial<Record<PrescriptionStatus, PrescriptionStatus>>> = {
  '0000': '0004',
  '0001': '0004',
  '0002': '0004',
  '0003': '0006',
  '9000': '0004',
  '9001': '0004',
};

export const ITEM_EXPIRED_AS: Readonly<Partial<Record<ItemStatus, ItemStatus>>> = {
  '0003': '0001',
  '0004': '0002',
  '0007': '0006',
  '0008': '0006',
};

/** How a cancellation of an item ends that is not carried out, by what the item is. */
export const ITEM_NOT_CANCELLED: Readonly<Partial<Record<ItemStatus, CancelOutcome>>> = {
  '0001': 'R-0004',
  '0002': 'R-0010',
  '0005': 'R-0006',
  '0006': 'R-0005',
};

export type CancelOutcome = 'R-0001' | 'R-0002' | 'R-0003' | 'R-0004' | 'R-0005' | 'R-0006' | 'R-0007' | 'R-0010';
