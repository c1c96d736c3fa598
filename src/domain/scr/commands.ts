/** The wishes that routes may put to a patient's summary care record. */
import type { Permission, PayloadReference, SummaryCareRecord } from './summary-state.ts';

/** Made by `readUpload` from a checked Bundle; large entries lie outside and are named by their digest. */
export interface UploadSummary {
  readonly name: 'upload-summary';
  readonly eventId: string;
  readonly replaces?: string;
  readonly total: number;
  readonly entries: string;
  readonly kept: string;
  readonly outside?: PayloadReference;
}

export interface SetPermission {
  readonly name: 'set-permission';
  readonly permission: Permission;
  readonly jobRole: string;
}

/** Part of merging two NHS numbers: what the retired number held comes to the surviving one. */
export interface AbsorbSummary {
  readonly name: 'absorb-summary';
  readonly retired: SummaryCareRecord;
}

/** The other part: a retired number's summary is not served any more and stays as it was. */
export interface RetireSummary {
  readonly name: 'retire-summary';
}

export type SummaryCommand = UploadSummary | SetPermission | AbsorbSummary | RetireSummary;

export interface GetSummaryId {
  readonly name: 'get-summary-id';
}

export interface GetSummary {
  readonly name: 'get-summary';
  readonly eventId: string;
}

/** Whether an upload would be let in: asked before a large narrative is put outside. */
export interface MayUpload {
  readonly name: 'may-upload';
}

export type SummaryQuery = GetSummaryId | GetSummary | MayUpload;
