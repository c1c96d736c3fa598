/** What the record of one prescription holds: the shape every rule and every tracker of the prescription service works on. */

/** State of a prescription, or of one issue of it. 9005: a cancellation came before the order. */
export type PrescriptionStatus =
  | '0000'
  | '0001'
  | '0002'
  | '0003'
  | '0004'
  | '0005'
  | '0006'
  | '0007'
  | '0008'
  | '0009'
  | '9000'
  | '9001'
  | '9005';

export type ItemStatus = '0001' | '0002' | '0003' | '0004' | '0005' | '0006' | '0007' | '0008';

/** 0001 acute, 0002 repeat prescribing, 0003 repeat dispensing. */
export type TreatmentType = '0001' | '0002' | '0003';

export interface Coding {
  readonly code: string;
  readonly display?: string;
}

/** A quantity with the number as it was written. */
export interface WrittenQuantity {
  readonly value: string;
  readonly unit?: string;
  readonly code?: string;
}

/** One line of the prescription as ordered. What has become of it stands per issue, at the same index. */
export interface PrescriptionItem {
  /** prescription-order-item-number, lower case. */
  readonly id: string;
  readonly medication: Coding;
  readonly quantity?: WrittenQuantity;
  readonly dosage?: string;
}

export interface Organization {
  /** ODS code, upper case. */
  readonly ods: string;
  readonly name?: string;
  /** The Organization resource as it was sent, JSON. */
  readonly resource?: string;
}

/** Who holds an issue, or held it until it was dispensed. */
export interface Dispenser extends Organization {
  /** The PractitionerRole that asked for the release, JSON. */
  readonly performer?: string;
}

/** The facts of the order that rules and trackers need; the message itself stands beside the record, as it was sent. */
export interface OrderFacts {
  /** With check character, as ordered. */
  readonly shortId: string;
  readonly longId: string;
  /** Bundle.identifier of the order. */
  readonly messageId: string;
  readonly nhsNumber: string;
  readonly treatmentType: TreatmentType;
  readonly prescriptionType: string;
  readonly prescriber: Organization;
  /** sds-role-profile-id and name of the requester, where told. */
  readonly prescriberRole?: string;
  readonly prescriberName?: string;
  /** ms: signing time, or the time of authoring where there is none. */
  readonly signedAt: number;
  /** ms: start of the validity period, or the signing time. */
  readonly effectiveAt: number;
  /** P1, P2, P3 or 0004. */
  readonly siteType: string;
  /** ODS code of the nominated dispenser as ordered, upper case. */
  readonly nominated?: string;
  readonly daysSupply: number;
  /** Number of issues: 1, but for repeat dispensing. */
  readonly issues: number;
  /** numberOfRepeatsAllowed as ordered; 0: none. */
  readonly repeatsAllowed: number;
  /** authorisationExpiryDate or reviewDate of repeat prescribing and dispensing, as written. */
  readonly reviewDate?: string;
  readonly items: readonly PrescriptionItem[];
}

/** How one item of an issue stands. */
export interface IssueItem {
  readonly status: ItemStatus;
  /** Reason code why it was cancelled. */
  readonly cancelReason?: string;
  /** Reason code why it was not dispensed. */
  readonly notDispensedReason?: string;
}

/** One line of a dispense notification. */
export interface DispensedItem {
  /** Id of the ordered item, lower case. */
  readonly id: string;
  readonly status: ItemStatus;
  readonly dispenseId?: string;
  readonly medication?: Coding;
  readonly quantity?: WrittenQuantity;
  readonly dosage?: string;
  readonly reason?: Coding;
  readonly whenHandedOver?: string;
}

/** A dispense notification that counts, with what the issue was before it: for amendment and withdrawal. */
export interface DispenseNotification {
  /** Bundle.identifier. */
  readonly id: string;
  readonly at: number;
  readonly status: PrescriptionStatus;
  readonly organization: Organization;
  readonly items: readonly DispensedItem[];
  readonly before: {
    readonly status: PrescriptionStatus;
    readonly items: readonly IssueItem[];
    readonly lastDispensedAt?: number;
  };
}

/** A notification that was amended or withdrawn: told by trackers, without effect. */
export interface PastNotification extends Omit<DispenseNotification, 'before'> {
  readonly ended: 'amended' | 'withdrawn';
}

export interface Claim {
  /** Claim.identifier. */
  readonly id: string;
  readonly at: number;
  readonly organization: Organization;
}

export interface PrescriptionIssue {
  /** Counts from 1. */
  readonly number: number;
  readonly status: PrescriptionStatus;
  /** ms: when the status became what it is. */
  readonly since: number;
  readonly items: readonly IssueItem[];
  readonly dispenser?: Dispenser;
  /** Id of the release that handed it out last, as clients know it. */
  readonly releaseId?: string;
  readonly releasedAt?: number;
  readonly lastDispensedAt?: number;
  /** ms: a waiting issue enters the nominated queue then. */
  readonly readyAt?: number;
  /** The last is the one that may be amended or withdrawn. */
  readonly notifications: readonly DispenseNotification[];
  readonly pastNotifications: readonly PastNotification[];
  /** The last is the one that may be amended. */
  readonly claims: readonly Claim[];
}

/** A cancellation that waits: for the dispenser's return, or, on a placeholder, for the order. */
export interface PendingCancellation {
  /** Id of the item, lower case. */
  readonly item: string;
  readonly reason: Coding;
  readonly messageId: string;
  readonly at: number;
  /** ODS code of the organisation that asked. */
  readonly organization: string;
}

/** The words of the change log; trackers give each its title. */
export type PrescriptionEvent =
  | 'order'
  | 'release'
  | 'nominated-release'
  | 'return'
  | 'dispense'
  | 'dispense-amend'
  | 'withdraw'
  | 'claim'
  | 'claim-amend'
  | 'cancelled'
  | 'cancel-pending'
  | 'cancel-refused'
  | 'subsequent-cancellation'
  | 'ready'
  | 'expired'
  | 'no-claim'
  | 'nomination-changed'
  | 'deceased'
  | 'merged'
  | 'deleted'
  | 'purged';

/** One entry of the change log, oldest first. */
export interface LogEntry {
  readonly at: number;
  readonly event: PrescriptionEvent;
  readonly messageId: string;
  readonly issue: number;
  readonly from: PrescriptionStatus | null;
  readonly to: PrescriptionStatus;
  /** ODS code of the organisation that acted; absent: the service itself. */
  readonly organization?: string;
  /** Id of the item, where one was meant. */
  readonly item?: string;
  /** Code of the reason, or of the outcome of a cancellation. */
  readonly note?: string;
}

export interface Prescription {
  /** Short id without its check character, upper case: what is stored and looked up. */
  readonly id: string;
  readonly nhsNumber: string;
  /** Absent on a placeholder: no order has come yet. */
  readonly order?: OrderFacts;
  /** ms: when this record was begun. */
  readonly storedAt: number;
  /** ms: end of validity. */
  readonly expiresAt: number;
  /** Empty on a placeholder. */
  readonly issues: readonly PrescriptionIssue[];
  /** Number of the issue that acts now; 0 on a placeholder. */
  readonly current: number;
  /** ODS code of the nominated dispenser as it is now; absent: none, or cleared by a return. */
  readonly nominated?: string;
  readonly formerNominations: readonly string[];
  /** The pharmacy that the patient's demographics named when it was last looked at. */
  readonly patientPharmacy?: string;
  readonly pending: readonly PendingCancellation[];
  readonly log: readonly LogEntry[];
  /** ms: hidden from clients since. */
  readonly deletedAt?: number;
  /** The content is gone; the id stays taken. */
  readonly purged?: true;
  /** The NHS number under which it lives on after a merge. */
  readonly movedTo?: string;
}

export type Activity = 'ready' | 'expire' | 'no-claim' | 'delete' | 'purge';

/** The one thing to be done next without anybody asking. */
export interface NextActivity {
  readonly activity: Activity;
  readonly at: number;
}

/** Names of the record kinds in the patient's shard. Both have the key of `prescriptionKey`. */
export const PRESCRIPTION = 'prescription';
export const PRESCRIPTION_ORDER = 'prescription-order';

/** The part of a key before the slash chooses the shard, so all of a patient's prescriptions are in one. */
export const prescriptionKey = (nhsNumber: string, id: string): string => `${nhsNumber}/${id}`;

/** The list of a patient's prescriptions; positions are in the order of storing. */
export const patientList = (nhsNumber: string): string => `rx/${nhsNumber}`;

/** The list of what is to be done, in the order of time. */
export const ACTIVITY_LIST = 'rx-next';

export const currentIssue = (prescription: Prescription): PrescriptionIssue | undefined =>
  prescription.issues[prescription.current - 1];

/** The state of the prescription as a whole. */
export const statusOf = (prescription: Prescription): PrescriptionStatus =>
  currentIssue(prescription)?.status ?? '9005';
