/** The wishes that routes and actors may put to a prescription. */
import type { PatientFacts } from './patient-facts.ts';
import type {
  Claim,
  Coding,
  DispensedItem,
  Dispenser,
  OrderFacts,
  Organization,
  Prescription,
  PrescriptionStatus,
} from './prescription-state.ts';

/** Made by `readOrder` from a checked Bundle. */
export interface PlaceOrder {
  readonly name: 'place-order';
  readonly order: OrderFacts;
  /** What the demographics beside it say at this moment. */
  readonly patient: PatientFacts;
}

/** The order message as it was sent, kept beside the record and never changed. */
export interface KeepOrder {
  readonly name: 'keep-order';
  readonly text: string;
}

/** Once the prescription itself is purged. */
export interface ForgetOrder {
  readonly name: 'forget-order';
}

export interface CancelItem {
  readonly name: 'cancel-item';
  /** Id of the item, lower case. */
  readonly item: string;
  readonly reason: Coding;
  readonly messageId: string;
  readonly organization: string;
  /** The id is known to belong to nobody else, so an unknown prescription may get a placeholder. */
  readonly mayPlace: boolean;
}

export interface Release {
  readonly name: 'release';
  /** By its id at any dispenser, or out of the queue of the one nominated. */
  readonly by: 'id' | 'nomination';
  readonly releaseId: string;
  readonly dispenser: Dispenser;
  /** Earlier releases of the same dispenser that were never answered: what one of them took is handed out to this one. */
  readonly again?: readonly string[];
}

/** `issue` absent: the current one. */
export interface ReturnPrescription {
  readonly name: 'return';
  readonly messageId: string;
  readonly organization: string;
  readonly reason: string;
  readonly issue?: number;
  /** Only as long as this release holds it: the service's own return after a bad signature. */
  readonly releaseId?: string;
}

export interface NotifyDispense {
  readonly name: 'notify-dispense';
  readonly messageId: string;
  /** Id of the notification that this one amends. */
  readonly replaces?: string;
  readonly organization: Organization;
  readonly status: PrescriptionStatus;
  readonly items: readonly DispensedItem[];
  readonly issue?: number;
  /** Number of issues that the message believes in. */
  readonly issues?: number;
}

export interface Withdraw {
  readonly name: 'withdraw';
  readonly messageId: string;
  /** Id of the notification to be taken back. */
  readonly notification: string;
  readonly organization: string;
  readonly reason: string;
  readonly issue?: number;
}

export interface PlaceClaim {
  readonly name: 'claim';
  readonly claim: Omit<Claim, 'at'>;
  /** Id of the claim that this one amends. */
  readonly replaces?: string;
  readonly items: readonly string[];
  readonly issue?: number;
}

/** What is due by `asOf` is done: ready, expired, no claim, deleted, purged. */
export interface Tick {
  readonly name: 'tick';
  readonly asOf: number;
}

/** The patient's nominated pharmacy is another now; absent: none. */
export interface ChangeNomination {
  readonly name: 'change-nomination';
  readonly ods?: string;
}

/** The patient is recorded as dead. */
export interface NoteDeath {
  readonly name: 'note-death';
}

/** The patient's number was merged into another: the prescription goes there. */
export interface HandOver {
  readonly name: 'hand-over';
  readonly to: string;
  readonly orderText: string;
}

/** The receiving side of `hand-over`. */
export interface TakeOver {
  readonly name: 'take-over';
  readonly prescription: Prescription;
}

export type PrescriptionCommand =
  | PlaceOrder
  | CancelItem
  | Release
  | ReturnPrescription
  | NotifyDispense
  | Withdraw
  | PlaceClaim
  | Tick
  | ChangeNomination
  | NoteDeath
  | HandOver
  | TakeOver;

export interface GetPrescription {
  readonly name: 'get-prescription';
}

export type PrescriptionQuery = GetPrescription;
