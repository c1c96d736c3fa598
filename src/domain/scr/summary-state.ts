/** What the summary care record of one patient holds: a permission, the latest GP summary, and ids of former ones. */

/** The View permission; absent in the state: never set, which reads as Ask. */
export type Permission = 'Yes' | 'No' | 'Ask';

/** Where a narrative lies that is too large for a row. */
export interface PayloadReference {
  readonly sha256: string;
  readonly characters: number;
}

/** One GP summary as it is kept. The entries are JSON text in which `{base}` stands for the address of the API. */
export interface StoredSummary {
  readonly eventId: string;
  /** When it was stored, milliseconds since 1970. */
  readonly storedAt: number;
  readonly replaces?: string;
  readonly total: number;
  /** The entries as they are served, a JSON list; '' where they lie outside. */
  readonly entries: string;
  /** Uploaded resources that are kept but never served, a JSON list; '' where they lie outside. */
  readonly kept: string;
  readonly outside?: PayloadReference;
}

export interface PermissionSet {
  readonly code: Permission;
  readonly setAt: number;
  readonly jobRole: string;
}

export interface SummaryCareRecord {
  readonly permission?: PermissionSet;
  readonly latest?: StoredSummary;
  /** Ids of all summaries ever stored, the latest included: none may come again. */
  readonly eventIds: readonly string[];
}

export const NOTHING_YET: SummaryCareRecord = { eventIds: [] };
