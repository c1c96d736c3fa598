/** National event types that records of this house give rise to: the only words services share. */

/** What a subscription may filter on, beside the type. */
type Filters = Readonly<Record<string, string>>;

export interface NationalEvent {
  readonly specversion: '1.0';
  /** Follows from record, version and type, so that the same change is never two events. */
  readonly id: string;
  readonly source: string;
  readonly type: NationalEventType;
  readonly time: string;
  /** Whom it is about: an NHS number. */
  readonly subject: string;
  /** Where the change can be read. */
  readonly dataref: string;
  readonly filtering: Filters;
}

export type NationalEventType = keyof typeof EVENT_SOURCES;

/** Event type and who publishes it. */
export const EVENT_SOURCES = {
  'patientflags-change-1': 'uk.nhs.patient-flags-service',
} as const;
