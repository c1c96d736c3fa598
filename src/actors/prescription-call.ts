/** What the edge asks of a patient's shard about prescriptions in one call, and what comes back: plain data. */
import type { CallerFacts } from '../domain/access-control/facts.ts';
import type { PrescriptionCommand } from '../domain/eps/commands.ts';
import type { Dispenser, OrderFacts, Prescription } from '../domain/eps/prescription-state.ts';
import type { Overloaded } from '../engine/group-commit.ts';
import type { Agent } from '../engine/record-kind.ts';

export type PrescriptionWork =
  /** The order together with its text, in one commit. */
  | { readonly kind: 'order'; readonly id: string; readonly order: OrderFacts; readonly text: string }
  /** Any other act; `withOrder`: the answer brings the order's text. */
  | { readonly kind: 'act'; readonly id: string; readonly command: PrescriptionCommand; readonly withOrder: boolean }
  | { readonly kind: 'get'; readonly id: string; readonly withOrder: boolean }
  /** All of the patient's, oldest first. */
  | { readonly kind: 'list'; readonly withOrder: boolean };

export interface PrescriptionCall {
  readonly nhsNumber: string;
  readonly agent: Agent;
  /** What is known of who asks, for the access decision; absent: nothing. */
  readonly caller?: CallerFacts;
  /** Names the effect: a repeat is given the first answer. */
  readonly requestId: string;
  readonly work: PrescriptionWork;
}

/** A record as trackers see it. */
export interface FoundPrescription {
  readonly prescription: Prescription;
  /** The order message as it was sent; '' where there is none or none was asked for. */
  readonly orderText: string;
}

export type PrescriptionAnswer =
  | {
      readonly kind: 'done';
      readonly body: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly orderText: string;
      readonly replayed: boolean;
    }
  | { readonly kind: 'found'; readonly found: readonly FoundPrescription[] }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly diagnostics?: string;
      /** Who has it, where that is why. */
      readonly dispenser?: Dispenser;
    }
  /** It lives on under another NHS number: asked there. */
  | { readonly kind: 'moved'; readonly nhsNumber: string }
  | Overloaded
  | {
      readonly kind: 'unavailable';
      readonly reason: 'timeout' | 'broken' | 'locked';
      readonly retryAfterSeconds: number;
    };
